"""How far loading came, for whoever watches: what failed is then shown beside all that held before it."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Step = Literal[
    "network",
    "preprocessing",
    "weights",
    "eval mode",
    "finite weights",
    "outputs",
    "logits",
    "gradient",
    "same answer",
    "batches",
    "penultimate features",
    "class list",
    "place",
]
STEPS: tuple[Step, ...] = get_args(Step)
"""In the order in which loading takes them; "weights" only where a file is given."""
_watched: ContextVar[dict[Step, object] | None] = ContextVar("watched", default=None)


@contextmanager
def watching() -> Generator[dict[Step, object]]:
    """Inside, the first network that is loaded notes each step when it holds, with what was found."""
    found: dict[Step, object] = {}
    token = _watched.set(found)
    try:
        yield found
    finally:
        _watched.reset(token)


def reached(step: Step, found: object = None) -> None:
    """Note a step, where anybody watches; those of a second network are not noted.

    Loading that goes back and takes a step again forgets what came after it.
    """
    noted = _watched.get()
    if noted is not None and STEPS[-1] not in noted:
        if step in noted:
            for later in STEPS[STEPS.index(step) :]:
                noted.pop(later, None)
        noted[step] = found

"""A structured change of photographs: one function with a name, a family and keyed random numbers."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor

BANK_FAMILIES = (
    "watermark",
    "border",
    "cast",
    "surround",
    "texture",
    "sinusoid",
    "checker",
    "band",
    "color",
    "shuffle",
    "position",
)
"""Changes that are the same for every network. `checker` is a small patch, `band` blur and compression."""

FITTED_FAMILIES = ("patch", "moving-patch", "spread", "blend", "color-map", "warp", "filter", "wave", "tone")
"""Changes that are fitted to one class of one network."""

FAMILIES = BANK_FAMILIES + FITTED_FAMILIES


@runtime_checkable
class Change(Protocol):
    """Called with photographs, it gives them changed. A change with an attribute `control_of` is a control:
    it differs from the change with that id in what is to be proved, and in nothing else."""

    @property
    def id(self) -> str:
        """Unique and stable, such as `text-latin-3@bottom-right`: how a finding names what can be redone."""
        ...

    @property
    def family(self) -> str:
        """One of FAMILIES."""
        ...

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]` in [0, 1] → changed images, same shape, in [0, 1].

        `rows` are the photographs' numbers. All random numbers are keyed by them and by the change, so the
        result for a photograph does not depend on its batch.
        """
        ...


def control_of(change: Change) -> str | None:
    """Id of the change that this one is a control of; None for a change that stands for itself."""
    return getattr(change, "control_of", None)

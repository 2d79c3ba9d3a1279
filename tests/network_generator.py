"""Random small networks, each made again from its number.

A network is the text of a Python file: it can be run from there, built alive, and printed where it fails.
"""

from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import network_habits
from network_habits import add
from network_heads import EITHER, REFUSED, RUNS, SHOWS, head
from network_layers import body
from network_source import Source
from torch import nn


@dataclass(frozen=True)
class RandomNetwork:
    """One of them."""

    number: int
    source: str
    size: tuple[int, int]
    channels: int
    classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    order: str
    expected: str
    """RUNS, REFUSED, SHOWS or EITHER; RUNS holds if it has finite logits and a gradient in plain torch."""
    copies: bool
    """Whether a live module of this kind can be copied."""
    multi_label: bool
    from_file: bool
    parts: tuple[str, ...]

    def build(self) -> nn.Module:
        """A new module, always the same."""
        scope: dict[str, Any] = {"__name__": f"network{self.number}"}
        exec(self._code, scope)
        return scope["make"]()

    @cached_property
    def _code(self) -> Any:
        return compile(self.source, f"network{self.number}.py", "exec")


def random_network(number: int) -> RandomNetwork:
    """The network of this number."""
    chosen = Random(number)
    size = chosen.randint(8, 64), chosen.randint(8, 64)
    if chosen.random() < 0.6:
        size = (chosen.choice((8, 16, 28, 32, 32, 48, 64)),) * 2
    source = Source(number, size, chosen.choice((1, 2, 3, 3, 3, 4)), chosen.randint(2, 20), chosen)
    body(source)
    # Every second network is plain; the others have one strange part, and plain ones beside it.
    strange = chosen.choice(("", "", "", "head", "habit", "habit"))
    expected = [head(source, strange == "head")]
    names = chosen.sample(network_habits.PLAIN, chosen.choice((0, 1, 1, 2, 3)))
    names += [chosen.choice(network_habits.STRANGE)] if strange == "habit" else []
    habits = [add(source, name) for name in names]
    expected += [habit.expected for habit in habits]
    expected += [SHOWS] if any("track_running_stats=False" in part for part in source.used) else []
    multi_label = chosen.random() < 0.1
    if multi_label and "one logit" in source.used:
        expected.append(REFUSED)
    elif multi_label and {"log_softmax", "LogSoftmax", "log of the mean of softmaxes"} & set(source.used):
        expected.append(EITHER)
    return RandomNetwork(
        number=number,
        source=source.text(),
        size=size,
        channels=source.channels,
        classes=source.classes,
        mean=tuple(chosen.choice((0.0, 0.4, 0.5)) for _ in range(source.channels)),
        std=tuple(chosen.choice((0.2, 0.25, 0.5)) for _ in range(source.channels)),
        order="bgr" if source.channels == 3 and chosen.random() < 0.2 else "rgb",
        expected=next((kind for kind in (REFUSED, EITHER, SHOWS) if kind in expected), RUNS),
        copies=all(habit.copies for habit in habits),
        multi_label=multi_label,
        from_file=chosen.random() < 0.35,
        parts=tuple(source.used),
    )

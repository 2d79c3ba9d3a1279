"""How many steps a picture takes: those of which the network is soon sure pay for those that are hard.

The rule looks at one picture alone, so that it does not matter who stands beside it in a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

SMOOTHING = 0.8
"""Weight of what was before in the running mean of the network's probability on views."""
SURE = 0.9
"""Running mean from which the network counts as sure."""
TIMES = 2.0
"""A picture takes this many times the steps until then; on ImageNet as many are saved as spent."""


@dataclass(frozen=True)
class Pace:
    """Range of a picture's steps, as shares of the steps that are planned for each."""

    least: float
    most: float


class Ends:
    """The last step of each slot, as far as it is known."""

    def __init__(self, slots: int, steps: int, pace: Pace | None) -> None:
        """`steps` are planned for each; without a pace every picture takes just these."""
        self._steps, self._pace = steps, pace
        longest = steps if pace is None else max(min(1, steps), int(pace.most * steps))
        self._longest, self._mean = longest, torch.zeros(slots)
        self.of = [longest] * slots
        """Slot → number of steps."""

    def note(self, steps: Sequence[int], probabilities: Tensor) -> None:
        """After a step: `steps` done by each slot, and how sure the network was of its view, `[n]`."""
        if self._pace is None:
            return
        self._mean = self._mean.lerp(probabilities.detach().float().cpu(), 1 - SMOOTHING)
        for slot, (done, mean) in enumerate(zip(steps, self._mean.tolist(), strict=True)):
            if mean > SURE and self.of[slot] == self._longest:
                wanted = min(max(TIMES * done, self._pace.least * self._steps), self._longest)
                self.of[slot] = max(done, int(wanted))

    def renew(self, slot: int) -> None:
        """Another picture is in this slot."""
        self._mean[slot], self.of[slot] = 0.0, self._longest

    def keep(self, slots: Sequence[int]) -> None:
        """Only the pictures in these slots go on."""
        self._mean, self.of = self._mean[list(slots)], [self.of[slot] for slot in slots]

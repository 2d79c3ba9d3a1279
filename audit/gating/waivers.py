"""Which flags a policy's waivers take away."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from audit.checks import counting
from audit.gating.policy import Waiver
from audit.records import CheckResult, ClassLabel, Finding
from audit.records.gate import GatedWaiver, WaiverState
from audit.selection import named


@dataclass(frozen=True)
class Split:
    """The findings for which a check flagged."""

    standing: tuple[Finding, ...]
    waived: tuple[Finding, ...]

    @property
    def flag_is_waived(self) -> bool:
        """Nothing is left of the flag. A flag without any finding cannot be waived."""
        return bool(self.waived) and not self.standing


class Waivers:
    """The waivers of a policy on a day, for the classes of one network."""

    def __init__(self, waivers: Sequence[Waiver], classes: Sequence[ClassLabel], today: datetime.date):
        """`today` is the last day for waivers that expire on it."""
        self._found = [[named(label, classes) for label in waiver.labels] for waiver in waivers]
        self._waivers, self._today = waivers, today
        self._used: set[int] = set()

    def split(self, result: CheckResult) -> Split:
        """A flagged check's findings, those taken away apart from those that stand; notes what was used.

        A waiver for a class takes away what is said of this class alone, one for two classes what is said of
        this pair, in either order. What is said of the whole network is named by its fingerprint alone.
        """
        standing: list[Finding] = []
        waived: list[Finding] = []
        for finding in counting(result):
            used = [i for i in range(len(self._waivers)) if self._covers(i, result.meta.id, finding)]
            self._used.update(used)
            (waived if used else standing).append(finding)
        return Split(tuple(standing), tuple(waived))

    def states(self) -> list[GatedWaiver]:
        """Every waiver and what became of it, after all checks were split."""
        return [
            GatedWaiver(
                check=waiver.check,
                labels=list(waiver.labels),
                fingerprint=waiver.fingerprint,
                reason=waiver.reason,
                owner=waiver.owner,
                expires=waiver.expires,
                state=self._state(place),
            )
            for place, waiver in enumerate(self._waivers)
        ]

    def _covers(self, place: int, check: str, finding: Finding) -> bool:
        waiver = self._waivers[place]
        if waiver.check != check or self._state(place) not in ("used", "not needed"):
            return False
        if waiver.fingerprint is not None:
            return waiver.fingerprint == finding.fingerprint
        return {index for found in self._found[place] for index in found} == set(finding.classes)

    def _state(self, place: int) -> WaiverState:
        if self._waivers[place].expires < self._today:
            return "expired"
        if any(len(found) != 1 for found in self._found[place]):
            return "ambiguous class" if all(self._found[place]) else "unknown class"
        return "used" if place in self._used else "not needed"

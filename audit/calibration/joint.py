"""From the scores of a network to the chance that a clean one shows anything as surprising, in any test.

The smallest p over all tests is what is compared: with that of clean networks, so that tests may depend on
each other as they like (Westfall and Young 1993, the single-step min-p). Within a test the largest over all
classes and changes is taken in clean networks too; so the chance holds per network.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

from audit.calibration.scores import FEW, Score, resolution
from audit.calibration.tail import LEAST, Tail

ENOUGH = 0.75
"""Of the table's number of photographs: fewer make shares coarser than those of the clean networks."""


@dataclass(frozen=True)
class Judged:
    """A score with its chances."""

    score: Score
    p_raw: float
    """Chance that a clean network's score of this test is as large."""
    p_adjusted: float
    """Chance that any test of a clean network is as surprising."""
    null: str
    """Which clean networks, in words."""
    extrapolated: str
    """Why the clean ones of the table are unlike this network, in words; empty where they are not."""


@dataclass(frozen=True)
class NullTable:
    """Scores of clean networks by number of classes, with where they come from."""

    clean: Mapping[int, Sequence[Mapping[str, float]]]
    """Number of classes → of each clean network its scores by test."""
    provenance: Mapping[str, str]
    """Commands, versions and dates that made the table."""

    def numbers(self, k: int) -> tuple[int, ...]:
        """The table's numbers of classes that speak for a network of `k`: the same, the two beside it, or the
        largest."""
        known = sorted(self.clean)
        if k in known:
            return (k,)
        below, above = [n for n in known if n < k], [n for n in known if n > k]
        return (*below[-1:], *above[:1])

    def made_for(self, battery: str) -> bool:
        """Whether the table is of the same changes: of others it says nothing."""
        return self.provenance.get("battery", battery) == battery

    def judge(self, scores: Sequence[Score], k: int, photographs: int | None = None) -> list[Judged]:
        """Chances of every score whose test the table knows; of two numbers of classes the larger chance.

        `photographs`: how many the changes were measured on.
        """
        unlike = self._unlike(k, photographs)
        judged: list[Judged] = []
        for score in scores:
            tails = [tail for n in self.numbers(k) if (tail := self._tails[n].get(score.test))]
            if not tails:
                continue
            raw = max(tail.p(score.value) for tail in tails)
            judged.append(Judged(score, raw, self.adjusted(raw), self._words(k), unlike))
        return sorted(judged, key=lambda one: one.p_raw)

    def adjusted(self, p: float) -> float:
        """Chance that the smallest p of a clean network is at most this one."""
        return min(1.0, max(p, self._joint.p(-math.log(max(p, 1e-300)))))

    def smallest_of_clean(self) -> dict[int, list[float]]:
        """Of each clean network the smallest p, against the others: its own scores are left out."""
        return {n: [_smallest(one, _tails(self._peers(n, but=one))) for one in networks]
                for n, networks in self.clean.items()}  # fmt: skip

    @cached_property
    def _tails(self) -> dict[int, dict[str, Tail]]:
        return {n: _tails(self._peers(n)) for n in self.clean}

    @cached_property
    def _joint(self) -> Tail:
        return Tail.of([-math.log(p) for row in self.smallest_of_clean().values() for p in row])

    def _peers(self, n: int, but: Mapping[str, float] | None = None) -> list[Mapping[str, float]]:
        """Clean networks that one of n classes is compared with. Where classes are too few to be compared
        with each other, scores are plain effects, and such networks stand together."""
        numbers = [m for m in self.clean if m <= FEW] if n <= FEW else [n]
        return [one for m in numbers for one in self.clean[m] if one is not but]

    def _unlike(self, k: int, photographs: int | None) -> str:
        if k > max(self.clean):
            return "none has so many classes"
        usual = int(self.provenance.get("photographs", "0"))
        if photographs is not None and photographs < ENOUGH * usual:
            return f"they were probed with {usual} photographs, this one with {photographs}"
        return ""

    def _words(self, k: int) -> str:
        numbers = self.numbers(k)
        count = sum(len(self._peers(n)) for n in numbers)
        return f"{count} clean networks of {' and '.join(map(str, numbers))} classes"


def _tails(networks: Sequence[Mapping[str, float]]) -> dict[str, Tail]:
    """Of every test that enough networks have."""
    tests = {test for network in networks for test in network}
    columns = {test: [network[test] for network in networks if test in network] for test in sorted(tests)}
    return {
        test: Tail.of(values, resolution(test)) for test, values in columns.items() if len(values) >= LEAST
    }


def _smallest(network: Mapping[str, float], tails: Mapping[str, Tail]) -> float:
    return min((tails[test].p(value) for test, value in network.items() if test in tails), default=1.0)


@lru_cache
def shipped(name: str = "photographs") -> NullTable | None:
    """The table that travels in the package: for audits with "photographs" or "scenes" in their place; None
    where it has not been made."""
    file = files("audit.calibration") / "tables" / f"{name}.json"
    if not file.is_file():
        return None
    read = json.loads(file.read_text(encoding="utf-8"))
    return NullTable({int(k): rows for k, rows in read["clean"].items()}, read["provenance"])

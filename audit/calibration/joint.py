"""From the scores of a network to the chance that a clean one shows as much evidence against any class.

Each clean network's evidence is computed as that of the network, beside other clean ones, and its leading
class is what is compared: so tests may depend on each other as they like (Westfall and Young 1993), and the
chance holds per network, over all tests, changes and classes. Networks that began from one base resemble each
other, and a network that is audited began from none of these: so none of its own base stands beside a clean
one.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files

from audit.calibration import evidence as evidence_rule
from audit.calibration.evidence import evidence
from audit.calibration.scores import FEW, RESOLUTION, Score, resolution
from audit.calibration.tail import BODY, LEAST, SHAPE, Tail

Row = Mapping[str, Sequence[tuple[float, int]]]
"""Of one clean network: test → value and class, the leading classes, the first of them first."""
Base = tuple[int, int]
"""What tells the base of a clean network from other bases."""
CARRIES = 0.05
"""A test whose own chance is at most this carries the suspicion against its class."""
ENOUGH = 0.75
"""Of the table's number of photographs: fewer make shares coarser than those of the clean networks."""


@dataclass(frozen=True)
class Judged:
    """A score with its chances."""

    score: Score
    p_raw: float
    """Chance that a clean network's largest score of this test is as large."""
    p_adjusted: float
    """Chance that a clean network shows as much evidence against any class, where this test carries that
    against its class; else its own chance, if that is larger."""
    null: str
    """Which clean networks, in words."""
    extrapolated: str
    """Why the clean ones of the table are unlike this network, in words; empty where they are not."""

    @property
    def beside(self) -> str:
        """Both in words."""
        return f"{self.null}, extrapolated: {self.extrapolated}" if self.extrapolated else self.null


@dataclass(frozen=True)
class NullTable:
    """Scores of clean networks by number of classes, with where they come from."""

    clean: Mapping[int, Sequence[Row]]
    """Number of classes → of each clean network its scores."""
    provenance: Mapping[str, str]
    """Commands, versions and dates that made the table."""
    bases: Mapping[int, Sequence[int]] = field(default_factory=dict[int, Sequence[int]])
    """Number of classes → of each clean network the number of the base that it began from; where it has no
    entry every network is a base of its own."""

    def numbers(self, k: int) -> tuple[int, ...]:
        """The table's numbers of classes that speak for a network of `k`: the same, the two beside it, or the
        largest. Many scores of few classes are plain effects, those of more are leads: neither speaks for the
        other where its own kind is there."""
        known = sorted(n for n in self.clean if (n <= FEW) == (k <= FEW)) or sorted(self.clean)
        if k in known:
            return (k,)
        below, above = [n for n in known if n < k], [n for n in known if n > k]
        return (*below[-1:], *above[:1])

    def made_for(self, battery: str) -> bool:
        """Whether the table is of the same changes: of others it says nothing."""
        return self.provenance.get("battery", battery) == battery

    def digest(self) -> str:
        """12 hex digits of the clean networks and of the numbers of the rule that judges by them."""
        rule = [getattr(evidence_rule, name) for name in vars(evidence_rule) if name.isupper()]
        rule += [RESOLUTION, CARRIES, BODY, LEAST, SHAPE]
        said = json.dumps([self.clean, self.bases, rule], default=str)
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def judge(self, scores: Sequence[Score], k: int, photographs: int | None = None) -> list[Judged]:
        """Chances of every score whose test the table knows; of two numbers of classes the larger chance.

        `photographs`: how many the changes were measured on.
        """
        if not self.clean:
            return []
        unlike, null = self._unlike(k, photographs), self._words(k)
        raw: list[tuple[Score, float]] = []
        for score in scores:
            tails = [tail for n in self.numbers(k) if (tail := self._tails[n].get(score.test))]
            if tails:
                raw.append((score, max(tail.p(score.value) for tail in tails)))
        chances = self._of_classes(raw, k)
        best = {score.class_index: p for score, p in sorted(raw, key=lambda one: -one[1])}
        judged: list[Judged] = []
        for score, p in raw:
            # Far out both are extrapolated: no chance is smaller than that of the class's best test.
            own = max(chances[score.class_index], best[score.class_index])
            carries = p <= max(CARRIES, best[score.class_index])
            judged.append(Judged(score, p, own if carries else max(own, p), null, unlike))
        return sorted(judged, key=lambda one: (one.p_adjusted, one.p_raw))

    def finest(self, k: int) -> float:
        """The smallest chance that is counted for a network of `k` classes: smaller ones are extrapolated.
        1 without clean networks."""
        if not self.clean:
            return 1.0
        few = self.numbers(k)[0] <= FEW
        return 1 / (1 + len({base for n in self.clean if (n <= FEW) == few for base in self._bases(n)}))

    def _of_classes(self, raw: Sequence[tuple[Score, float]], k: int) -> dict[int, float]:
        """Class → the chance that a clean network's leading class has as much evidence."""
        nearest = self.numbers(k)[0]
        found = evidence(((score.test, score.class_index, p) for score, p in raw), nearest)
        joint = self._joint[nearest <= FEW]
        return {
            score.class_index: joint.p(found[score.class_index]) if score.class_index in found else 1.0
            for score, _ in raw
        }

    def evidence_of_clean(self) -> dict[int, list[float]]:
        """Of each clean network the evidence of its leading class; those of its base are left out of the
        null."""
        found: dict[int, list[float]] = {}
        for n, networks in self.clean.items():
            bases = self._bases(n)
            tails = {base: _tails(*self._peers(n, but=base)) for base in dict.fromkeys(bases)}
            found[n] = [_evidence(one, tails[base], n) for one, base in zip(networks, bases, strict=True)]
        return found

    def _bases(self, n: int) -> list[Base]:
        """Of each clean network of n classes what tells its base from others."""
        known = self.bases.get(n)
        return [(0, base) for base in known] if known else [(n, place) for place in range(len(self.clean[n]))]

    @cached_property
    def _tails(self) -> dict[int, dict[str, Tail]]:
        # One base more than a tail needs: clean networks are judged without their own, in the same tests.
        return {n: _tails(*self._peers(n), least=LEAST + 1) for n in self.clean}

    @cached_property
    def _joint(self) -> dict[bool, Tail]:
        """Whether classes are few → evidence of clean networks: plain effects spread otherwise than leads."""
        each, found = self.evidence_of_clean(), dict[bool, Tail]()
        for few in (True, False):
            numbers = [n for n in each if (n <= FEW) == few]
            if numbers:
                bases = [base for n in numbers for base in self._bases(n)]
                found[few] = Tail.of([value for n in numbers for value in each[n]], bases=bases)
        return found

    def _peers(self, n: int, but: Base | None = None) -> tuple[list[Row], list[Base]]:
        """Clean networks that one of n classes is compared with, those of a base apart; and their bases.
        Where classes are too few to be compared with each other, scores are plain effects, and such networks
        stand together."""
        kept = [
            (one, base)
            for m in self._together(n)
            for one, base in zip(self.clean[m], self._bases(m), strict=True)
            if base != but
        ]
        return [one for one, _ in kept], [base for _, base in kept]

    def _together(self, n: int) -> list[int]:
        return sorted(m for m in self.clean if m <= FEW) if n <= FEW else [n]

    def _unlike(self, k: int, photographs: int | None) -> str:
        if k <= FEW < self.numbers(k)[0]:
            return "none has so few classes"
        if k > max(self.clean):
            return "none has so many classes"
        usual = int(self.provenance.get("photographs", "0"))
        if photographs is not None and photographs < ENOUGH * usual:
            return f"they were probed with {usual} photographs, this one with {photographs}"
        return ""

    def _words(self, k: int) -> str:
        alone = sorted({m for n in self.numbers(k) for m in self._together(n)})
        together = sorted(n for n in self.clean if (n <= FEW) == (alone[0] <= FEW))
        said = self._counted(together)
        return said if alone == together else f"{said}; in this test {self._counted(alone)}"

    def _counted(self, numbers: Sequence[int]) -> str:
        count = sum(len(self.clean[n]) for n in numbers)
        bases = len({base for n in numbers for base in self._bases(n)})
        of_bases = f" that began from {bases} bases" if bases < count else ""
        return f"{count} clean networks of {' and '.join(map(str, numbers))} classes{of_bases}"


def _tails(networks: Sequence[Row], bases: Sequence[Base], least: int = LEAST) -> dict[str, Tail]:
    """Of every test that networks of at least so many bases have: of its largest score."""
    found: dict[str, Tail] = {}
    for test in sorted({test for network in networks for test in network}):
        have = [place for place, network in enumerate(networks) if network.get(test)]
        if len({bases[place] for place in have}) >= least:
            values = [networks[place][test][0][0] for place in have]
            found[test] = Tail.of(values, resolution(test), [bases[place] for place in have])
    return found


def _evidence(network: Row, tails: Mapping[str, Tail], k: int) -> float:
    chances = [
        (test, index, tails[test].p(value))
        for test, leading in network.items()
        if test in tails
        for value, index in leading
    ]
    return max(evidence(chances, k).values(), default=0.0)


def row_of(scores: Sequence[Score], digits: int = 4) -> dict[str, list[tuple[float, int]]]:
    """The row of a table that a clean network with these scores is."""
    row: dict[str, list[tuple[float, int]]] = {}
    for score in sorted(scores, key=lambda s: (s.test, -s.value)):
        row.setdefault(score.test, []).append((round(score.value, digits), score.class_index))
    return row


@lru_cache
def shipped(name: str = "photographs") -> NullTable | None:
    """The table that travels in the package: for audits with "photographs" or "scenes" in their place; None
    where it has not been made."""
    file = files("audit.calibration") / "tables" / f"{name}.json"
    if not file.is_file():
        return None
    read = json.loads(file.read_text(encoding="utf-8"))
    bases = {int(k): own for k, own in read.get("bases", {}).items()}
    return NullTable({int(k): rows for k, rows in read["clean"].items()}, read["provenance"], bases)

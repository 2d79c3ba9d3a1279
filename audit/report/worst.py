"""Which classes to look at first."""

from collections import defaultdict
from dataclasses import dataclass

from audit.records import Results

SEVERITY = {"verified": 3, "suspected": 2, "observed": 1, "refuted": 0}
FUSION = 10
"""Damping of reciprocal rank fusion (Cormack et al. 2009, who take 60 for lists of thousands)."""


@dataclass(frozen=True)
class Suspect:
    """Why a class stands where it stands."""

    class_index: int
    severity: int
    """Sum over the findings that name the class: verified 3, suspected 2, observed 1, refuted 0."""
    fused: float
    """Sum over the checks' rankings of 1 / (FUSION + place)."""
    places: list[tuple[str, int]]
    """(check id, place in its ranking), best place first, places up to ten."""


def worst(results: Results, count: int = 10) -> list[Suspect]:
    """The `count` most suspicious audited classes, most suspicious first.

    Ordered by the severity of their findings, then by the fused rankings of all checks, then by index.
    A class that no finding names and no check ranks is not listed.
    """
    severity: dict[int, int] = defaultdict(int)
    for finding in results.findings:
        for index in set(finding.classes):
            severity[index] += SEVERITY[finding.verdict]
    fused: dict[int, float] = defaultdict(float)
    places: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for check in results.checks:
        for place, ranked in enumerate(check.ranking, start=1):
            fused[ranked.class_index] += 1 / (FUSION + place)
            if place <= 10:
                places[ranked.class_index].append((check.meta.id, place))
    suspects = [
        Suspect(index, severity[index], fused[index], sorted(places[index], key=lambda item: item[1]))
        for index in (entry.label.index for entry in results.classes)
        if severity[index] or fused[index]
    ]
    suspects.sort(key=lambda suspect: (-suspect.severity, -suspect.fused, suspect.class_index))
    return suspects[:count]

"""Which classes to look at first."""

from collections import defaultdict

from audit.records import Results, Suspect
from audit.records.findings import SEVERITY

SHOWN = 10
FUSION = 10
"""Damping of reciprocal rank fusion (Cormack et al. 2009, who take 60 for lists of thousands)."""


def look_first(results: Results, count: int = SHOWN) -> list[Suspect]:
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
            if place <= SHOWN:
                places[ranked.class_index].append((check.meta.id, place))
    suspects = [
        Suspect(
            class_index=index,
            severity=severity[index],
            rank_fusion=fused[index],
            places=sorted(places[index], key=lambda item: item[1]),
        )
        for index in (entry.label.index for entry in results.classes)
        if severity[index] or fused[index]
    ]
    suspects.sort(key=lambda suspect: (-suspect.severity, -suspect.rank_fusion, suspect.class_index))
    return suspects[:count]

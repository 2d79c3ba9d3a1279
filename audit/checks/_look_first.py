"""Which classes to look at first."""

from collections import defaultdict

from audit.records import Results, Suspect
from audit.records.findings import SEVERITY

SHOWN = 10
FUSION = 10
"""Damping of reciprocal rank fusion (Cormack et al. 2009, who take 60 for lists of thousands)."""


def look_first(results: Results, count: int = SHOWN) -> list[Suspect]:
    """The `count` most suspicious audited classes, most suspicious first.

    Ordered by their gravest finding, since no number of slight ones outweighs what is verified; then by the
    severity of all their findings, by the fused rankings of all checks, and by index.
    A class that no finding names and no check ranks is not listed.
    """
    gravest: dict[int, int] = defaultdict(int)
    severity: dict[int, int] = defaultdict(int)
    for finding in results.findings:
        for index in set(finding.classes):
            gravest[index] = max(gravest[index], SEVERITY[finding.verdict])
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
    suspects.sort(key=lambda s: (-gravest[s.class_index], -s.severity, -s.rank_fusion, s.class_index))
    return suspects[:count]

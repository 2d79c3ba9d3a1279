"""Does one class's picture leave the range of its siblings in a statistic that the prior does not hold?

Each free statistic of the chosen picture is compared with the other classes' chosen pictures of the
same network by the modified z-score (Iglewicz and Hoaglin 1993); the largest one ranks the class
(union-intersection principle, Roy 1953): unlike a sum of squares it names the statistic to look at.
"""

from dataclasses import dataclass
from statistics import median

from audit.checks._limit_values import Limits
from audit.checks._numbers import MIN_CLASSES, OUTLIER_Z, finite, robust_z, z_limit
from audit.checks._reader import Reader, chosen, count
from audit.records import (
    CheckMeta,
    CheckResult,
    ClassResult,
    Effect,
    Finding,
    Ranked,
    Results,
    StatisticInfo,
    StatisticValue,
)

META = CheckMeta(
    id="unnatural-picture",
    title="Most unusual picture",
    kind="test",
    question="Does the picture of one class differ from the others in a way the method did not force?",
    source="Iglewicz and Hoaglin 1993 (modified z-score); Roy 1953 (largest of several statistics)",
    unit="largest robust z-score over the free statistics",
    ranking=True,
    needs=("pictures", "statistics"),
    limits=(OUTLIER_Z,),
    order=50,
)


@dataclass(frozen=True)
class _Extreme:
    result: ClassResult
    statistic: StatisticInfo
    z: float
    value: StatisticValue
    middle: float


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Ranks; outcome "inconclusive" until a null table exists. Never gates."""
    m = Reader(results)
    free = sorted((s for s in m.results.baseline.statistics if not s.constrained), key=lambda s: s.id)
    best: dict[int, _Extreme] = {}
    comparisons = 0
    for statistic in free:
        scored = _score(m, statistic)
        comparisons += 2 * len(scored)
        for extreme in scored:
            index = extreme.result.label.index
            if index not in best or abs(extreme.z) > abs(best[index].z):
                best[index] = extreme
    if not best:
        why = f"fewer than {MIN_CLASSES} classes have one" if free else "no free statistic was measured"
        return CheckResult(
            meta=META,
            outcome="not applicable",
            summary=f"Needs a free statistic on the pictures of at least {MIN_CLASSES} classes; {why}.",
            gates=False,
            ranking=[],
            findings=[],
        )
    order = sorted(best.values(), key=lambda e: (-abs(e.z), e.result.label.index))
    limit = z_limit(limits.outlier_z, comparisons, len(best))
    ranking = [
        Ranked(class_index=e.result.label.index, value=abs(e.z), note=f"{e.statistic.title}: {_place(e)}")
        for e in order
    ]
    found = [_finding(m, e, limit, len(best)) for e in order if abs(e.z) >= limit]
    first = order[0]
    summary = (
        f"Most unusual picture: {m.name(first.result.label.index)} ({first.statistic.title}, "
        f"z = {first.z:+.1f}). Ranking only: the limit is not calibrated. {len(found)} of "
        f"{count(len(best), 'class', 'classes')} at |z| ≥ {limit:.1f}."
    )
    return CheckResult(
        meta=META, outcome="inconclusive", summary=summary, gates=False, ranking=ranking, findings=found
    )


def _score(m: Reader, statistic: StatisticInfo) -> list[_Extreme]:
    """Every class that has the statistic on its chosen picture; none where too few have it."""
    rows: list[tuple[ClassResult, StatisticValue, float]] = []
    for result in m.ordered:
        picture = chosen(result, "natural")
        value = result.statistics.get(picture.file, {}).get(statistic.id) if picture else None
        if value is not None and value.value is not None and finite(value.value):
            rows.append((result, value, value.value))
    if len(rows) < MIN_CLASSES:
        return []
    numbers = [number for _, _, number in rows]
    middle = median(numbers)
    scores = robust_z(numbers)
    return [
        _Extreme(result, statistic, z, value, middle)
        for (result, value, _), z in zip(rows, scores, strict=True)
    ]


def _place(extreme: _Extreme) -> str:
    """The value, the other classes' middle and, with a baseline, the place among natural images."""
    unit = f" {extreme.statistic.unit}" if extreme.statistic.unit else ""
    text = f"{extreme.value.value:.3g}{unit} against {extreme.middle:.3g} in the median class"
    if extreme.value.percentile is not None and finite(extreme.value.percentile):
        text += f", percentile {extreme.value.percentile:.1f} of natural images"
    return text


def _finding(m: Reader, extreme: _Extreme, limit: float, classes: int) -> Finding:
    index, title = extreme.result.label.index, extreme.statistic.title
    return m.finding(
        META,
        "observed",
        [index],
        title=f"The picture of {m.name(index)} stands out in {title}",
        detail=f"{title}: {_place(extreme)} (robust z = {extreme.z:+.1f} among {classes} classes, shown from "
        f"{limit:.1f}). The limit is not calibrated on clean networks: a place to look, not a verdict.",
        effect=Effect(value=abs(extreme.z), unit=META.unit, interval=None),
        evidence=m.evidence(chosen(extreme.result, "natural")),
        next_step="Look at the picture beside those of similar classes, and at whether the class's training "
        "photographs share a source, a border, a filter or a mark",
    )

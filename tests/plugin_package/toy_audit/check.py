"""Did some class take many views?"""

from audit.checks import CheckMeta, CheckResult, Limit, Limits, Reader, Results

META = CheckMeta(
    id="toy-views",
    title="Classes drawn in many views",
    kind="limit",
    question="Was some class drawn in more views than the limit?",
    source="a toy",
    unit="views",
    needs=("pictures",),
    limits=(Limit(name="toy_views", default=2.0, ge=0, help="Views of one class."),),
)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    m = Reader(results)
    spent = {c.label.index: sum(p.views for p in c.pictures) for c in m.ordered}
    found = [
        m.finding(META, "verified", [i], title=f"{m.name(i)} took long", detail=f"{v:g}", next_step="Wait")
        for i, v in spent.items()
        if v > limits.toy_views
    ]
    summary, outcome = f"{len(found)} classes above the limit.", "flagged" if found else "passed"
    return CheckResult(meta=META, outcome=outcome, summary=summary, gates=True, ranking=[], findings=found)

"""A check that raises."""

from audit.checks import CheckMeta

META = CheckMeta(
    id="bad-views",
    title="Bad views",
    kind="limit",
    question="Does this check answer?",
    source="a toy",
    unit="views",
    needs=("pictures",),
)


def evaluate(results, limits):
    raise RuntimeError("the check tripped")

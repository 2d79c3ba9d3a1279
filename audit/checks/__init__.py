"""Results → findings: one file per check, its name is the check's id; no torch, no files.

What a check needs to be written stands here: `META = CheckMeta(...)` and
`evaluate(results: Results, limits: Limits) -> CheckResult`; a `Reader` finds its way in the results.
"""

from audit.checks._causal import asks_its_own, retold
from audit.checks._judging import NOT_JUDGED, judge, run_checks
from audit.checks._lacks import NO_PHOTOGRAPHS, Lack
from audit.checks._limit_values import Limits
from audit.checks._look_first import look_first
from audit.checks._reader import Reader, chosen, count, pictures, quoted
from audit.checks._registered import CHECKS, Check, effective, known, lacks, not_loaded
from audit.checks._verdict import any_stops, counting, findings, verdict
from audit.records import (
    Agreement,
    CheckMeta,
    CheckResult,
    Effect,
    Evidence,
    Finding,
    Limit,
    Proportion,
    PValue,
    Ranked,
    Results,
)

__all__ = [
    "CHECKS",
    "NOT_JUDGED",
    "NO_PHOTOGRAPHS",
    "Agreement",
    "Check",
    "CheckMeta",
    "CheckResult",
    "Effect",
    "Evidence",
    "Finding",
    "Lack",
    "Limit",
    "Limits",
    "PValue",
    "Proportion",
    "Ranked",
    "Reader",
    "Results",
    "any_stops",
    "asks_its_own",
    "chosen",
    "count",
    "counting",
    "effective",
    "findings",
    "judge",
    "known",
    "lacks",
    "look_first",
    "not_loaded",
    "pictures",
    "quoted",
    "retold",
    "run_checks",
    "verdict",
]

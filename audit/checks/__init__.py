"""Records → findings: one file per check, its name is the check's id; no torch, no files."""

from collections.abc import Callable
from typing import Protocol

from audit.checks import (
    adversarial_robustness,
    class_overlap,
    dead_class,
    label_list,
    margin_outlier,
    preprocessing,
    unnatural_picture,
    unreliable_picture,
)
from audit.checks._measurements import Measurements, count, quoted
from audit.checks._needs import Need
from audit.checks._verdict import findings, verdict
from audit.config import ChecksConfig, Config
from audit.records import CheckMeta, CheckResult

__all__ = [
    "CHECKS",
    "Check",
    "Measurements",
    "Need",
    "count",
    "findings",
    "needs",
    "quoted",
    "run_checks",
    "verdict",
]


class Check(Protocol):
    """What every file here offers."""

    META: CheckMeta

    def evaluate(self, measurements: Measurements, config: ChecksConfig) -> CheckResult:
        """Judge the records; pure: equal input, equal answer."""
        ...


WITHOUT_PICTURES = frozenset({"preprocessing", "label-list", "adversarial-robustness"})
"""Checks whose pass says nothing of a class's picture; attacks of class pictures never pass."""
_MODULES: tuple[Check, ...] = (
    preprocessing,
    dead_class,
    class_overlap,
    margin_outlier,
    unnatural_picture,
    unreliable_picture,
    label_list,
    adversarial_robustness,
)
CHECKS: dict[str, Check] = {check.META.id: check for check in _MODULES}
"""Check id → check, gravest first: the order of the report."""


def needs(check: str, config: Config, *, photographs: bool) -> list[Need]:
    """What a run with these settings lacks so that the check could pass; empty where it may."""
    asked: Callable[[Config, bool], list[Need]] | None = getattr(CHECKS[check], "needs", None)
    return asked(config, photographs) if asked else []


def run_checks(measurements: Measurements, config: ChecksConfig) -> list[CheckResult]:
    """Every check's answer, in the order of `CHECKS`. One that raises answers "error" and never passes."""
    return [_guarded(check, measurements, config) for check in CHECKS.values()]


def _guarded(check: Check, measurements: Measurements, config: ChecksConfig) -> CheckResult:
    try:
        return _limited(check.evaluate(measurements, config), measurements)
    # One broken check must not hide the others; the error is shown and makes the run incomplete.
    except Exception as error:
        text = f"The check itself failed: {type(error).__name__}: {error}"
        return CheckResult(
            meta=check.META, outcome="error", summary=text, gates=True, ranking=[], findings=[]
        )


def _limited(answer: CheckResult, measurements: Measurements) -> CheckResult:
    """The answer, and no pass where pictures of some class could not be drawn or have no finite answer."""
    unjudged = measurements.unjudged
    if not unjudged or answer.meta.id in WITHOUT_PICTURES:
        return answer
    told = [f"{count(len(found), 'class', 'classes')} {words}" for words, found in unjudged.items()]
    return answer.model_copy(
        update={
            "outcome": "inconclusive" if answer.outcome == "passed" else answer.outcome,
            "summary": f"{answer.summary} Not judged: {', '.join(told)}.",
        }
    )

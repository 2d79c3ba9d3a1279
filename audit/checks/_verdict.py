"""From the answers of all checks to one sentence about the run."""

from collections import Counter
from typing import get_args

from audit.checks._measurements import count
from audit.results import CheckResult, Finding, Verdict
from audit.results.findings import Outcome

_STRENGTH = {"verified": 0, "suspected": 1, "observed": 2, "refuted": 3}


def findings(results: list[CheckResult]) -> list[Finding]:
    """All findings, strongest first.

    Those that stop a release where no policy says otherwise lead; then by verdict; then the first of each
    check, the second of each, and so on (effects of different checks have different units and are not
    compared).
    """
    placed = [
        ((not _stops(r), _STRENGTH[f.verdict], place, check), f)
        for check, r in enumerate(results)
        for place, f in enumerate(r.findings)
    ]
    return [f for _, f in sorted(placed, key=lambda pair: pair[0])]


def verdict(results: list[CheckResult], complete: bool) -> Verdict:
    """What the run says.

    "flagged": a check flagged that gates and whose level is "error". "clean": the run is complete, every
    check ran without error, at least one could decide and what flagged are warnings. All else, an empty list
    included, is "incomplete".
    """
    outcomes = Counter(r.outcome for r in results)
    counts = {outcome: outcomes[outcome] for outcome in get_args(Outcome) if outcomes[outcome]}
    gating = [r for r in results if _stops(r)]
    warned = outcomes["flagged"] - len(gating)
    tail = _rest(results, counts, warned)
    if gating:
        names = ", ".join(r.meta.id for r in gating)
        unfinished = "" if complete else " The run is not complete."
        headline = f"{count(len(gating), 'check')} flagged ({names}); {tail}.{unfinished}"
        return Verdict(outcome="flagged", headline=headline, counts=counts)
    reasons = [
        (not complete, "the run is not complete: some class could not be drawn"),
        (not results or set(counts) <= {"not applicable", "not run"}, "nothing was checked"),
        (outcomes["error"] > 0, f"{count(outcomes['error'], 'check')} failed with an error"),
        (outcomes["not run"] > 0, f"{count(outcomes['not run'], 'check')} did not run"),
        (outcomes["passed"] + outcomes["flagged"] == 0, "no check could decide"),
    ]
    why = next((text for holds, text in reasons if holds), None)
    if why is not None:
        return Verdict(outcome="incomplete", headline=f"No verdict: {why}; {tail}.", counts=counts)
    return Verdict(
        outcome="clean", headline=f"Nothing that stops a release was found; {tail}.", counts=counts
    )


def _stops(result: CheckResult) -> bool:
    """Whether the answer stops a release where no policy says otherwise."""
    return result.outcome == "flagged" and result.gates and result.meta.level == "error"


def _rest(results: list[CheckResult], counts: dict[str, int], warned: int) -> str:
    """The outcomes that the first half of the headline has not said."""
    parts = [f"{counts.get('passed', 0)} of {count(len(results), 'check')} passed"]
    if warned:
        parts.append(f"{warned} flagged as a warning")
    ranked = sum(r.outcome == "inconclusive" and not r.gates for r in results)
    unsettled = counts.get("inconclusive", 0) - ranked
    if unsettled:
        parts.append(f"{unsettled} inconclusive")
    if ranked:
        parts.append(f"{ranked} {'tests' if ranked > 1 else 'test'} not calibrated yet and only ranking")
    if "not applicable" in counts:
        parts.append(f"{counts['not applicable']} not applicable")
    seen = sum(len(r.findings) for r in results)
    if seen:
        parts.append(f"{count(seen, 'finding')} to look at")
    return ", ".join(parts)

"""From the answers of all checks to one sentence about the run."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from audit.checks._blind_spots import blind_spots
from audit.checks._reader import count
from audit.records import CheckResult, Finding, NotChecked, RunOutcome, Verdict
from audit.records.detection import Detection
from audit.records.findings import Outcome

DECIDED = ("passed", "flagged")
NAMED = 2
"""Checks that the headline names; the rest is counted."""
LOOK = (
    "look at the picture of every class, beside photographs of it where there are some, for what it shows "
    "besides the class"
)

_STRENGTH = {"verified": 0, "suspected": 1, "observed": 2, "refuted": 3}


def findings(results: list[CheckResult]) -> list[Finding]:
    """All findings, strongest first.

    Those that stop a release where no policy says otherwise lead; then by verdict; then the first of each
    check, the second of each, and so on: among these the largest shares of photographs first (other effects
    have different units and are not compared).
    """
    placed = [
        ((not _stops(r), _STRENGTH[f.verdict], place, -_share(f), check), f)
        for check, r in enumerate(results)
        for place, f in enumerate(r.findings)
    ]
    return [f for _, f in sorted(placed, key=lambda pair: pair[0])]


def verdict(
    results: list[CheckResult],
    *,
    audited: int,
    classes: int,
    missing: int = 0,
    undrawn: int = 0,
    lacks: Sequence[NotChecked] = (),
    rates: Detection | None = None,
) -> Verdict:
    """What the run says: the gravest of `audit.records.OUTCOMES` that holds.

    `audited` of `classes` were looked at; `missing` counts units of work that were not done,
    `undrawn` classes whose pictures could not be drawn; `lacks` are stages and plug-ins that broke;
    `rates` are the known hits and misses of the tests.
    """
    able = [r for r in results if not r.only_ranks]
    undecided = [r for r in able if r.outcome not in DECIDED]
    lacking = [*(lack.why.rstrip(".") for lack in lacks), *_lacking(able, missing, undrawn)]
    part = [f"only {audited} of {count(classes, 'class', 'classes')} audited"] if audited < classes else []
    outcome = _outcome(results, bool(lacking or part))
    unseen, tail = blind_spots(results, rates), _rest(results, able)
    why = "; ".join([*lacking, *part])
    gating = [r for r in results if _stops(r)]
    silent = f"{_silent(results, able)}{f'. No check sees {unseen[0].text}' if unseen else ''}"
    headlines: dict[RunOutcome, str] = {
        "flagged": f"{_named(gating, 'flagged')}; {tail}{f'. The run is not complete: {why}' if why else ''}",
        "incomplete": f"No verdict: {why}; {tail}",
        "warnings": f"No flag stops a release, but {_warning(results, able)}",
    }
    steps: dict[RunOutcome, str] = {
        "flagged": "read the findings, strongest first, and do what each one says",
        "incomplete": "give each check what it lacks" if lacking else "audit all classes, without --only",
        "warnings": f"read the findings; then {LOOK}",
    }
    counts = Counter("ranking" if r.only_ranks else r.outcome for r in results)
    return Verdict(
        outcome=outcome,
        headline=headlines.get(outcome, f"{silent}. Nobody has looked at the pictures yet") + ".",
        counts={name: counts[name] for name in (*get_args(Outcome), "ranking") if counts[name]},
        not_checked=[
            *lacks,
            *(
                [NotChecked(what="work", why=f"{count(missing, 'unit')} of work not done.")]
                if missing
                else []
            ),
            *(
                [NotChecked(what="pictures", why=f"{count(undrawn, 'class', 'classes')} could not be drawn.")]
                if undrawn
                else []
            ),
            *([NotChecked(what="classes", why=f"{part[0].capitalize()}.")] if part else []),
            *(NotChecked(what=r.meta.id, why=r.summary) for r in undecided),
        ],
        blind_spots=unseen,
        next_step=steps.get(outcome, LOOK),
        exit_code=3 if outcome == "incomplete" and lacking else 0,
    )


def _outcome(results: Sequence[CheckResult], incomplete: bool) -> RunOutcome:
    """The first of `OUTCOMES` that holds."""
    able = [r for r in results if not r.only_ranks]
    if any(_stops(r) for r in able):
        return "flagged"
    if incomplete:
        return "incomplete"
    if _seen(results) or any(r.outcome == "flagged" for r in able):
        return "warnings"
    return "checks passed" if all(r.outcome in DECIDED for r in able) else "nothing flagged"


def _lacking(able: Sequence[CheckResult], missing: int, undrawn: int) -> list[str]:
    """Why there can be no verdict, classes that were left out by wish apart."""
    outcomes = Counter(r.outcome for r in able)
    nothing = (
        "nothing was checked" if set(outcomes) <= {"not applicable", "not run"} else "no check could decide"
    )
    reasons = [
        (missing > 0, f"{count(missing, 'unit')} of work not done"),
        (undrawn > 0, f"{count(undrawn, 'class', 'classes')} could not be drawn"),
        (outcomes["error"] > 0, f"{count(outcomes['error'], 'check')} failed with an error"),
        (outcomes["not run"] > 0, f"{count(outcomes['not run'], 'check')} did not run"),
        (not any(outcomes[outcome] for outcome in DECIDED), nothing),
    ]
    return [text for holds, text in reasons if holds]


def _stops(result: CheckResult) -> bool:
    """Whether the answer stops a release where no policy says otherwise."""
    flags = result.outcome == "flagged" and result.gates and result.meta.level == "error"
    return flags and any_stops(counting(result))


def counting(result: CheckResult) -> list[Finding]:
    """The findings for which a check may have flagged.

    A check with a limit flags for what it suspects or has verified, and shows what it merely observed beside
    it; a lint may flag for each of its findings.
    """
    present = [f for f in result.findings if f.verdict != "refuted"]
    sure = [f for f in present if f.verdict in ("suspected", "verified")]
    return sure if sure and result.meta.kind != "lint" else present


def any_stops(findings: Sequence[Finding]) -> bool:
    """Whether one of the findings may stop a release; a flag without any finding may."""
    return not findings or any(finding.level != "warn" for finding in findings)


def _seen(results: Sequence[CheckResult]) -> int:
    """Findings to look at."""
    return sum(f.verdict != "refuted" for r in results for f in r.findings)


def _named(some: Sequence[CheckResult], verb: str) -> str:
    """Which checks flagged, or warned, each with the first thing that it saw; the largest effects first."""
    told = sorted(some, key=_striking, reverse=True)[:NAMED]
    shown = [f"{r.meta.id}: {r.findings[0].title}" if r.findings else r.meta.id for r in told]
    more = [f"and {len(some) - NAMED} more"] if len(some) > NAMED else []
    return f"{count(len(some), 'check')} {verb} ({'; '.join([*shown, *more])})"


def _striking(result: CheckResult) -> tuple[bool, float]:
    """Whether the first finding is verified, and the share of photographs that it is about."""
    if not result.findings:
        return False, 0.0
    first = result.findings[0]
    return first.verdict == "verified", _share(first)


def _share(finding: Finding) -> float:
    """The share of photographs that a change turns or loses; 0 of a finding about anything else."""
    effect = finding.effect if finding.change is not None else None
    return effect.value if effect and effect.unit.startswith("share of") else 0.0


def _warning(results: Sequence[CheckResult], able: Sequence[CheckResult]) -> str:
    """Which checks warn; findings of others are only to be looked at."""
    warn = [r for r in able if r.outcome == "flagged"]
    if not warn:
        return f"there is something to look at: {_rest(results, able)}"
    return f"{_named(warn, 'warned')}; {_rest(results, able, said=len(warn))}"


def _silent(results: Sequence[CheckResult], able: Sequence[CheckResult]) -> str:
    """How many checks found nothing, and how many could say nothing."""
    undecided, ranked = sum(r.outcome not in DECIDED for r in able), len(results) - len(able)
    parts = [f"{count(len(able) - undecided, 'automatic check')} found nothing"]
    if undecided:
        parts.append(f"{undecided} could not decide")
    if ranked:
        parts.append(f"{ranked} only rank")
    return ", ".join(parts)


def _rest(results: Sequence[CheckResult], able: Sequence[CheckResult], said: int = 0) -> str:
    """The outcomes that the first half of the headline has not said; `said` warnings it has."""
    outcomes = Counter(r.outcome for r in able)
    parts = [f"{outcomes['passed']} of {count(len(able), 'check')} passed"]
    warned = outcomes["flagged"] - sum(_stops(r) for r in able) - said
    undecided = len(able) - outcomes["passed"] - outcomes["flagged"]
    ranked = len(results) - len(able)
    for number, words in (
        (warned, "flagged as a warning"),
        (undecided, "could not decide"),
        (ranked, "only rank"),
    ):
        if number:
            parts.append(f"{number} {words}")
    if seen := _seen(results):
        parts.append(f"{count(seen, 'finding')} to look at")
    return ", ".join(parts)

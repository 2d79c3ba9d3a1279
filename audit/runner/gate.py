"""A policy's answer to a finished run: may the classifier be released?"""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from audit.checks import count, quoted
from audit.config import ChecksConfig, read_config_values
from audit.policy import Level, Policy, Unsettled
from audit.results import SCHEMA_VERSION, CheckResult, ClassLabel, Finding, Results
from audit.results.gate import GatedCheck, GateEffect, GateResult
from audit.runner.rebuild import judged, read_results
from audit.runner.waivers import Waivers

Answer = Literal["holds", "failed", "incomplete"]

LONGEST = 400
"""Characters of a check's sentence that are kept."""
_EXIT_CODES: dict[Answer, Literal[0, 1, 3]] = {"holds": 0, "failed": 1, "incomplete": 3}
_WORDS: dict[GateEffect, str] = {
    "warns": "with a warning",
    "waived": "waived",
    "open": "open",
    "ranks only, cannot gate": "only ranking",
    "off": "off",
}
_DECIDED = ("passed", "flagged")
_GRAVITY = {effect: place for place, effect in enumerate(get_args(GateEffect))}


def gate_run(folder: Path, policy: Policy, today: datetime.date | None = None) -> GateResult:
    """The answer to the run in `folder`, in which nothing is written.

    Raises IncompleteError or OutputError where the folder holds no finished run of this version.
    """
    return gate(read_results(folder), policy, today)


def gate(results: Results, policy: Policy, today: datetime.date | None = None) -> GateResult:
    """The answer to `results`, judged again with the policy's limits; `today` in UTC unless given.

    "incomplete": a check that is not off broke, a class could not be drawn, or no check passed or flagged, so
    that nothing was checked. "failed" beats it: what failed stays failed whatever the rest would have said,
    and "incomplete" invites to repeat the command, in vain.
    """
    before = read_config_values(results.run.config)
    limits = before.checks.model_copy(update=dict(policy.limits))
    answers = judged(results, before.model_copy(update={"checks": limits})).checks
    waivers = Waivers(
        policy.waivers, results.model.classes, today or datetime.datetime.now(datetime.UTC).date()
    )
    rows = [_row(answer, policy, waivers, results.model.classes) for answer in answers]
    rows.sort(key=lambda row: _GRAVITY[row.effect])
    outcome, headline = _conclusion(rows, sum(c.error is not None for c in results.classes))
    return GateResult(
        schema_version=SCHEMA_VERSION,
        policy=policy.name,
        run=results.model.name,
        audited=len(results.classes),
        classes=len(results.model.classes),
        outcome=outcome,
        exit_code=_EXIT_CODES[outcome],
        headline=headline,
        limits=_changed(before.checks, limits),
        checks=rows,
        waivers=waivers.states(),
    )


def _row(answer: CheckResult, policy: Policy, waivers: Waivers, classes: Sequence[ClassLabel]) -> GatedCheck:
    level = policy.level(answer.meta.id, answer.meta.level)
    flags = level != "off" and answer.outcome == "flagged" and answer.gates
    split = waivers.split(answer) if flags else None
    return GatedCheck(
        check=answer.meta.id,
        level=level,
        outcome=answer.outcome,
        effect=_effect(answer, level, policy.unsettled, waived=split is not None and split.flag_is_waived),
        why=quoted(answer.summary, LONGEST)[1:-1],
        flagged=[_names(f, classes) for f in split.standing] if split else [],
        waived=[_names(f, classes) for f in split.waived] if split else [],
    )


def _effect(answer: CheckResult, level: Level, unsettled: Unsettled, *, waived: bool) -> GateEffect:
    if level == "off":
        return "off"
    if answer.outcome == "error":
        return "incomplete"
    if not answer.gates:
        return "ranks only, cannot gate"
    if answer.outcome == "passed":
        return "passes"
    if answer.outcome == "flagged":
        if waived:
            return "waived"
        return "fails" if level == "error" else "warns"
    if level == "warn":
        return "open"
    return "fails" if unsettled == "error" else "warns"


def _conclusion(rows: Sequence[GatedCheck], undrawn: int) -> tuple[Answer, str]:
    ids: dict[GateEffect, list[str]] = {}
    for row in rows:
        ids.setdefault(row.effect, []).append(row.check)
    failed, broken = ids.get("fails", []), ids.get("incomplete", [])
    decided = [
        r for r in rows if r.effect in ("fails", "warns", "waived", "passes") and r.outcome in _DECIDED
    ]
    tail = "".join(f", {len(ids[effect])} {word}" for effect, word in _WORDS.items() if effect in ids)
    tail = f"{len(ids.get('passes', []))} of {count(len(rows), 'check')} passed{tail}"
    if failed:
        also = f"; {', '.join(broken)} ended in an error" if broken else ""
        return "failed", f"Policy failed: {', '.join(failed)}{also}; {tail}."
    if broken:
        return "incomplete", f"No answer: {', '.join(broken)} ended in an error; {tail}."
    if undrawn:
        return "incomplete", f"No answer: {count(undrawn, 'class', 'classes')} could not be drawn; {tail}."
    if not decided:
        return "incomplete", f"No answer: nothing was checked; {tail}."
    return "holds", f"Policy holds; {tail}."


def _names(finding: Finding, classes: Sequence[ClassLabel]) -> str:
    """The classes of a finding, safe to print, with their ids where these say more than the names."""
    labels = {label.index: label for label in classes}
    shown: list[str] = []
    for index in finding.classes:
        label = labels[index]
        shown.append(quoted(label.name) + (f" ({quoted(label.id)[1:-1]})" if label.id != label.name else ""))
    return " and ".join(shown) or "the whole network"


def _changed(run: ChecksConfig, policy: ChecksConfig) -> dict[str, tuple[float, float]]:
    pairs = {key: (getattr(run, key), getattr(policy, key)) for key in ChecksConfig.model_fields}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}

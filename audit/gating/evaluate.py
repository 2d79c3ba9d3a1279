"""A policy's answer to a finished run: may the classifier be released?"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from audit.checks import any_stops, count, effective, known, quoted
from audit.config import read_config_values
from audit.gating.policy import Level, Policy
from audit.gating.waivers import Split, Waivers
from audit.records import SCHEMA_VERSION, CheckResult, ClassLabel, Finding, Results
from audit.records.gate import GatedCheck, GateEffect, GateResult
from audit.runner.rebuild import judged

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


def gate(results: Results, policy: Policy, today: datetime.date | None = None) -> GateResult:
    """The answer to `results`, judged again with the policy's limits; `today` in UTC unless given.

    "incomplete": too few classes were audited, a class could not be drawn, a stage or plug-in broke, a check
    that is not off broke, one that is required could not decide, or none passed or flagged. "failed" beats
    it: what failed stays failed whatever the rest would have said, and "incomplete" invites to repeat the
    command, in vain.
    """
    before = read_config_values(results.run.config)
    limits = {**before.checks, **policy.limits}
    again = judged(results, before.model_copy(update={"checks": limits}))
    waivers = Waivers(
        policy.waivers, results.model.classes, today or datetime.datetime.now(datetime.UTC).date()
    )
    rows = [_row(answer, policy, waivers, results.model.classes) for answer in again.checks]
    rows.sort(key=lambda row: _GRAVITY[row.effect])
    outcome, headline = _conclusion(rows, _short(policy, results))
    return GateResult(
        schema_version=SCHEMA_VERSION,
        policy=policy.name,
        run=results.model.name,
        audited=len(results.classes),
        classes=len(results.model.classes),
        coverage=policy.coverage,
        blind_spots=again.verdict.blind_spots,
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
    required = answer.meta.id in policy.required()
    return GatedCheck(
        check=answer.meta.id,
        level=level,
        outcome=answer.outcome,
        required=required,
        effect=_effect(answer, level, required, split),
        why=quoted(answer.summary, LONGEST)[1:-1],
        flagged=[_names(f, classes) for f in split.standing] if split else [],
        waived=[_names(f, classes) for f in split.waived] if split else [],
    )


def _effect(answer: CheckResult, level: Level, required: bool, split: Split | None) -> GateEffect:
    """What the answer does; a finding may be milder than the level of its check, and never graver."""
    if level == "off":
        return "off"
    if answer.outcome == "error":
        return "incomplete"
    if not answer.gates:
        return "ranks only, cannot gate"
    if answer.outcome == "passed":
        return "passes"
    if answer.outcome == "flagged":
        if split is not None and split.flag_is_waived:
            return "waived"
        return "fails" if level == "error" and (split is None or any_stops(split.standing)) else "warns"
    return "incomplete" if required else "open"


def _short(policy: Policy, results: Results) -> list[str]:
    """What is said where fewer classes were audited than the policy asks for, some could not be drawn, or a
    stage or a plug-in broke."""
    audited, classes = len(results.classes), len(results.model.classes)
    undrawn = sum(c.error is not None for c in results.classes)
    said: list[str] = []
    if audited < policy.coverage * classes - 1e-9:
        asked = "all" if policy.coverage == 1 else f"{policy.coverage:.0%}"
        said.append(f"{audited} of {count(classes, 'class', 'classes')} audited, {asked} asked for")
    if undrawn:
        said.append(f"{count(undrawn, 'class', 'classes')} could not be drawn")
    return [*said, *(lack.why.rstrip(".") for lack in results.run.lacks)]


def _conclusion(rows: Sequence[GatedCheck], short: Sequence[str]) -> tuple[Answer, str]:
    ids: dict[GateEffect, list[str]] = {}
    for row in rows:
        ids.setdefault(row.effect, []).append(row.check)
    failed = ids.get("fails", [])
    broken = [row.check for row in rows if row.effect == "incomplete" and row.outcome == "error"]
    open_ = [row.check for row in rows if row.effect == "incomplete" and row.outcome != "error"]
    lacking = list(short)
    lacking += [f"{', '.join(broken)} ended in an error"] if broken else []
    lacking += [f"{', '.join(open_)} could not decide"] if open_ else []
    decided = [
        r for r in rows if r.effect in ("fails", "warns", "waived", "passes") and r.outcome in _DECIDED
    ]
    ranking = len(ids.get("ranks only, cannot gate", []))
    tail = "".join(f", {len(ids[effect])} {word}" for effect, word in _WORDS.items() if effect in ids)
    tail = f"{len(ids.get('passes', []))} of {count(len(rows) - ranking, 'check')} passed{tail}"
    if failed:
        return "failed", f"Policy failed: {'; '.join([', '.join(failed), *lacking, tail])}."
    if lacking:
        return "incomplete", f"No answer: {'; '.join([*lacking, tail])}."
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


def _changed(run: Mapping[str, float], policy: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    before, after = effective(known(run)), effective(known(policy))
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}

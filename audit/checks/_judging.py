"""Results → the same results with every check's answer, the findings and the verdict."""

from audit.calibration.measured_rates import key_of, measured_rates
from audit.checks._limit_values import Limits
from audit.checks._look_first import look_first
from audit.checks._null import CHANCES, SCENES, null_table
from audit.checks._reader import Reader, count
from audit.checks._registered import CHECKS, Check, lacks, not_loaded
from audit.checks._verdict import findings, verdict
from audit.config import read_config_values
from audit.errors import ConfigError
from audit.records import CheckMeta, CheckResult, Results, Verdict
from audit.records.detection import Detection
from audit.records.findings import Outcome
from audit.text import one_line

NOT_JUDGED = Verdict(outcome="incomplete", headline="Not judged yet.", counts={}, exit_code=3)
"""What stands in results before they are judged."""
_NOT_LOADED = "What would it have asked? The check could not be loaded."


def judge(results: Results, limits: Limits) -> Results:
    """The results with every check's answer by these limits; the answers that they hold are replaced.

    A check that answered before and is not here now did not run.
    """
    rates = _rates(results, limits)
    empty = {"checks": [], "findings": [], "look_first": [], "verdict": NOT_JUDGED, "detection": rates}
    bare = results.model_copy(update=empty)
    answers = [*run_checks(bare, limits), *_absent(results.checks)]
    judged = bare.model_copy(
        update={
            "checks": answers,
            "findings": findings(answers),
            "verdict": verdict(
                answers,
                audited=len(results.classes),
                classes=len(results.model.classes),
                undrawn=sum(c.error is not None for c in results.classes),
                missing=sum(stage.units - stage.done for stage in results.run.stages),
                lacks=results.run.lacks,
                rates=rates,
            ),
        }
    )
    return judged.model_copy(update={"look_first": look_first(judged)})


def _rates(results: Results, limits: Limits) -> Detection | None:
    """How often flaws are found, and clean networks suspected, by what judged this run."""
    if results.probes is None:
        return None
    suspected, verified = (limits[chance.name] for chance in CHANCES)
    key = key_of(results.probes.battery, null_table(results), suspected, verified)
    return measured_rates(key, results.probes.carriers == SCENES)


def run_checks(results: Results, limits: Limits) -> list[CheckResult]:
    """Every check's answer, in order; "error" for one that raises or that could not be loaded."""
    answers = [_guarded(check, results, limits) for check in CHECKS]
    return answers + [_broken(name, why) for name, why in not_loaded().items()]


def _guarded(check: Check, results: Results, limits: Limits) -> CheckResult:
    try:
        if lacking := _lacking(check.META, results):
            return _without(check.META, *lacking, gates=not check.META.ranking)
        answer = check.evaluate(results, limits)
        # A plug-in may return anything; what is no answer to this check must not become one.
        if not isinstance(answer, CheckResult) or answer.meta.id != check.META.id:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"expected a CheckResult with its META, got {type(answer).__name__}")
        return _limited(answer, results)
    # One broken check must not hide the others; the error is shown and makes the run incomplete.
    except (Exception, SystemExit) as error:
        return _without(check.META, "error", f"The check itself failed: {one_line(error)}")


def _without(meta: CheckMeta, outcome: Outcome, summary: str, *, gates: bool = True) -> CheckResult:
    return CheckResult(meta=meta, outcome=outcome, summary=summary, gates=gates, ranking=[], findings=[])


def _lacking(meta: CheckMeta, results: Results) -> tuple[Outcome, str] | None:
    """Why the check cannot be asked; None where all that it needs is there."""
    absent = [need for need in meta.needs if not _there(need, results)]
    if not absent:
        return None
    if results.photographs is None and "photographs" in meta.needs:
        return "not applicable", "It needs photographs, and none were given: --images FOLDER."
    broken = any(s.name == absent[0] and (s.units or s.lacks) for s in results.run.stages)
    if broken:
        return "not run", f"It needs the stage {absent[0]}, which did not finish."
    why = f"It needs the stage {absent[0]}, which had nothing to do{_remedy(meta, results)}."
    return "not applicable", why


def _remedy(meta: CheckMeta, results: Results) -> str:
    """The settings of the run that would have to be others; empty where they are not the reason."""
    try:
        config = read_config_values(results.run.config)
    except ConfigError:  # of another version
        return ""
    settings = [lack.setting for lack in lacks(meta.id, config, photographs=True) if lack.setting]
    return f": {' '.join(settings)}" if settings else ""


def _there(need: str, results: Results) -> bool:
    """Whether a section of the results is filled, or the stage of this name gave something."""
    if need in Results.model_fields:
        return getattr(results, need) is not None
    return any(stage.name == need and stage.done for stage in results.run.stages)


def _limited(answer: CheckResult, results: Results) -> CheckResult:
    """The answer, and no pass where it speaks of pictures and those of some class could not be drawn or have
    no finite answer."""
    unjudged = Reader(results).unjudged
    if not unjudged or "pictures" not in answer.meta.needs:
        return answer
    told = [f"{count(len(found), 'class', 'classes')} {words}" for words, found in unjudged.items()]
    return answer.model_copy(
        update={
            "outcome": "inconclusive" if answer.outcome == "passed" else answer.outcome,
            "summary": f"{answer.summary} Not judged: {', '.join(told)}.",
        }
    )


def _broken(name: str, why: str) -> CheckResult:
    """An entry point that gave no check."""
    meta = CheckMeta(
        id=name,
        title=f"{name}, not loaded",
        kind="lint",
        question=_NOT_LOADED,
        source="an entry point of the group audit.checks",
        unit="",
    )
    return _without(meta, "error", f"The check could not be loaded: {why}")


def _absent(before: list[CheckResult]) -> list[CheckResult]:
    """What is said of checks that judged the run once and cannot judge it now; their limits are not read."""
    gone = [r for r in before if r.meta.id not in CHECKS and r.meta.question != _NOT_LOADED]
    why = "This check is not installed here, so its earlier answer is left out."
    return [_without(r.meta, "not run", why, gates=r.gates) for r in gone]

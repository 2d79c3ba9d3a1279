"""The way from what the user typed to a diagnosis: as a run goes, up to where it would write.

Nothing here imports torch before the network is asked for.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from audit.classifier.steps import watching
from audit.diagnosis.diagnosis import Diagnosis, Row
from audit.errors import AuditError
from audit.isolation import isolated
from audit.text import visible

if TYPE_CHECKING:
    from audit.classifier.model import Classifier
    from audit.gating.policy import Policy
    from audit.runner.session import RunOptions

    Asked = tuple[Classifier, RunOptions, Policy | None]


def examine(model: object, given: dict[str, Any], ask: "Callable[[], Asked]") -> Diagnosis:
    """Load what `ask` loads, and look at all that a run would look at; writes nothing.

    `given` are the keywords of `audit.doctor`. What a run would refuse is the diagnosis's `error`; any other
    exception is raised, with a note of what was proved until then.
    """
    name = model if isinstance(model, str) else getattr(model, "spec", type(model).__name__)
    found: list[Row] = []
    warnings: list[str] = []
    with watching() as steps:
        try:
            classifier, options, policy = ask()
        except AuditError as error:
            if steps:
                _loaded(found, warnings, model, steps, given)
            return Diagnosis(name, tuple(found), warnings=tuple(warnings), error=error)
        except Exception as error:
            if steps:
                _loaded(found, warnings, model, steps, given)
                held = (visible(f"{row.part}, {row.what}: {row.value}") for row in found)
                error.add_note("\n".join(held))
            raise
    try:
        _loaded(found, warnings, model, steps, given, classifier)
        with isolated():  # once more, as torch is there now
            said = _run(found, warnings, classifier, options, policy, given)
    except AuditError as error:
        return Diagnosis(name, tuple(found), warnings=tuple(warnings), error=error)
    return Diagnosis(name, tuple(found), run=said, warnings=tuple(warnings))


def _loaded(
    found: list[Row],
    warnings: list[str],
    model: object,
    steps: Any,
    given: dict[str, Any],
    classifier: "Classifier | None" = None,
) -> None:
    from audit.diagnosis.loading_rows import loading_rows
    from audit.diagnosis.untrained import untouched_norms

    classifier = classifier or steps.get("place")
    found += loading_rows(model, steps, given, classifier)
    candidate = steps.get("network")
    known = classifier or candidate
    if known is not None:
        warnings += known.warnings
        warnings += filter(None, [untouched_norms(known.module)])


def _run(
    found: list[Row],
    warnings: list[str],
    classifier: "Classifier",
    options: "RunOptions",
    policy: "Policy | None",
    given: dict[str, Any],
) -> str:
    """Adds the rows of a run; returns what it would do. Raises what the run would raise before it begins."""
    from audit.diagnosis.machine_rows import machine_rows
    from audit.diagnosis.photograph_rows import counterexample_rows, photograph_rows
    from audit.diagnosis.run_rows import beside_rows, check_rows, in_words, odd_names, run_rows
    from audit.gating.ahead import ahead as cannot_fulfil
    from audit.runner.forecast import forecast
    from audit.runner.header import describe
    from audit.runner.plan import plan
    from audit.runner.session import earlier, prepare, remaining
    from audit.runner.store import Store
    from audit.synthesis.memory import reuse_memory

    reuse_memory()
    names, odd = odd_names(classifier, options.config)
    place = max(i for i, row in enumerate(found) if row.part == "classes") + 1
    found[place:place] = names
    warnings += odd
    found += machine_rows(classifier, options.config, given)
    context = prepare(classifier, options)
    if context.photos is not None:
        rows, at_chance = photograph_rows(context.photos, classifier)
        found += rows
        warnings += at_chance
    found += counterexample_rows(context.counterexamples, classifier)
    photographs = context.photos is not None
    found += check_rows(options.config, photographs=photographs)
    if policy is not None:
        warnings += filter(
            None, [cannot_fulfil(policy, options.config, photographs=photographs, part=bool(options.only))]
        )
    found += beside_rows(context, options)
    store = Store(options.out)
    old = earlier(store, describe(context), options)
    store.require_free()
    units = plan(context)
    missing = [unit for unit in units if old is None or not store.has(unit.stage.name, unit.key)]
    finished = (len(units) - len(missing), len(units), old is not None)
    expected = None
    try:
        expected = forecast(context)
    except AuditError as error:
        # A run begins all the same, and says it of the class that it concerns.
        warnings.append(f"the time cannot be predicted: {error.problem}")
    left = sum(s for s, _ in remaining(expected, missing).values()) if expected else 0.0
    found += run_rows(context, options, expected, finished, stated=given.get("out") is not None)
    return in_words(context, options, expected, left, finished)

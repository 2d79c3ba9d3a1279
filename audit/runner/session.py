"""One command from start to end: load, prove, plan, compute what is missing, judge, write."""

import datetime
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from audit.classifier import Classifier
from audit.config import Config
from audit.errors import AuditError, ConfigError, ImageError
from audit.image_stats import Baseline, bundled, from_folder, load_file, sizes
from audit.isolation import isolated
from audit.photos import require_usable, scan
from audit.photos.counterexample_folders import Counterexamples, scan_counterexamples
from audit.photos.counterexamples_given import FLAG, GivenCounterexamples, by_class
from audit.records import Results, Timing
from audit.records.unit_records import TrialsUnit
from audit.runner.header import describe, require_same
from audit.runner.local import Step
from audit.runner.plan import Unit, plan
from audit.runner.plugins import Sayer, failures, require_sound
from audit.runner.progress import Display
from audit.runner.reduce import reduced
from audit.runner.run_stages import run_stages
from audit.runner.store import Store
from audit.selection import select
from audit.stages import STAGES, Context, in_order
from audit.stages.transfer.class_matching import appoint
from audit.synthesis.memory import reuse_memory
from audit.text import quoted, visible

if TYPE_CHECKING:
    from audit.runner.forecast import Forecast


@dataclass(frozen=True)
class RunOptions:
    """What the user asked for, besides the classifier."""

    config: Config
    config_name: str
    only: Sequence[str]
    baseline: Path | None
    out: Path
    fresh: bool
    command: str
    images: Path | None = None
    transfer_model: Classifier | None = None
    counterexamples: GivenCounterexamples = ()


def prepare(classifier: Classifier, options: RunOptions) -> Context:
    """Choose classes and baselines; raises before anything is written."""
    require_sound(options.config)
    classes = select(options.only, classifier.classes)
    own = _own_baseline(options.baseline, classifier)
    baseline = own or bundled(*classifier.size)
    photos = None
    if options.images is not None:
        limit = options.config.photographs.limit
        photos = scan(
            options.images, classifier.classes, limit=limit, seed=options.config.seed, baseline=baseline
        )
        require_usable(photos, classifier.input)
    return Context(
        classifier=classifier,
        config=options.config,
        baseline=baseline,
        prior=baseline or nearest(classifier.size),
        classes=classes,
        folder=options.out,
        photos=photos,
        transfer_model=appoint(options.transfer_model, classifier) if options.transfer_model else None,
        counterexamples=_counterexamples(options, classifier, classes),
    )


@isolated()
def audit_classifier(classifier: Classifier, options: RunOptions, console: Console) -> Results:
    """Run all stages, resuming what the folder holds, and write the documents."""
    reuse_memory()
    context = prepare(classifier, options)
    store = Store(options.out)
    header = describe(context)
    earlier(store, header, options)
    with store.locked():
        old = earlier(store, header, options)
        sessions = [*(old or {}).get("sessions", []), _now()]
        say = Sayer(
            lambda text: console.print(
                text, style="bold yellow", markup=False, highlight=False, soft_wrap=True
            )
        )
        say()
        store.begin({**header, "sessions": sessions}, fresh=options.fresh)
        units = plan(context)
        broke = _broke(console)
        with Display(units, context, console) as display:
            # Said after "begun": timing a few steps takes seconds.
            expected = None if console.quiet else _expected(units, context, store)
            if expected is not None:
                display.expect(expected)
            watch = _watch(display, context, console)
            runs = run_stages(context, store, display.begin, watch, broke)
        # Late, as below: work begins without them.
        from audit.report import write_report
        from audit.runner.assemble import document

        seconds: dict[str, float] = {}
        for record in (record for run in runs for record in run.records):
            seconds[record.stage] = seconds.get(record.stage, 0.0) + record.seconds
        timing = Timing(started=sessions[0], finished=_now(), seconds=seconds, sessions=len(sessions))
        only = context.classes if options.only else None
        results = document(
            context,
            reduced(context, runs, broke),
            command=options.command,
            config_name=options.config_name,
            only=only,
            timing=timing,
        )
        write_report(results, options.out)
        store.tidy()
        say(results.run.plugins)
        for text in failures(results):
            broke(text)
        for note in results.photographs.notes if results.photographs else ():
            said = visible(f"photographs: {note}")
            console.print(said, style="dim", markup=False, highlight=False, soft_wrap=True)
    return results


def _expected(units: Sequence[Unit], context: Context, store: Store) -> dict[str, tuple[float, int]] | None:
    """Seconds and items of each stage that are to be computed; None where none are, or none can tell."""
    from audit.runner.forecast import forecast

    missing = [unit for unit in units if not store.has(unit.stage.name, unit.key)]
    if not missing:
        return None
    try:
        ahead = forecast(context)
    except AuditError:
        return None  # the run itself says it, with what was being computed
    return remaining(ahead, missing)


def remaining(ahead: "Forecast", missing: Sequence[Unit]) -> dict[str, tuple[float, int]]:
    """Seconds and items of each stage that the missing units take; seconds, but no items yet, of stages that
    choose their units from the records of those."""
    units, items = Counter[str](), Counter[str]()
    for unit in missing:
        units[unit.stage.name] += 1
        items[unit.stage.name] += len(unit.items)
    # By units: a stage of several parts takes the same items again.
    known = {s.name: (s.seconds * units[s.name] / s.units, items[s.name]) for s in ahead.stages if s.units}
    after = {stage.name for stage in in_order(STAGES) if any(units[name] for name in stage.inputs)}
    return known | {s.name: (s.seconds, 0) for s in ahead.stages if s.name in after and not s.units}


def _broke(console: Console) -> Callable[[str], None]:
    """Says at once that a stage broke."""
    return lambda text: console.print(text, style="bold red", markup=False, highlight=False, soft_wrap=True)


def _watch(display: Display, context: Context, console: Console) -> Callable[[Step], None]:
    """Shows progress, and says at once when photographs do not reach the network as it expects them."""

    def watch(step: Step) -> None:
        display(step)
        for body in (record.body for record in step.records if isinstance(record.body, TrialsUnit)):
            from audit.checks import CHECKS, effective

            # The check reads no more than this; the rest of the results is not there yet.
            early = Results.model_construct(model=context.classifier.info(), preprocessing=body.trials)
            answer = CHECKS["preprocessing"].evaluate(early, effective(context.config.checks))
            for finding in answer.findings if answer.outcome == "flagged" else ():
                text = f"preprocessing: {finding.title}. {finding.next_step}"
                console.print(text, style="bold yellow", markup=False, highlight=False, soft_wrap=True)

    return watch


def earlier(store: Store, header: dict[str, Any], options: RunOptions) -> dict[str, Any] | None:
    """The run that goes on in the folder, None for a new one; refuses a folder of another run."""
    old = store.header()
    if old is None or options.fresh:
        return None
    require_same(old, header, str(options.out))
    return old


def _counterexamples(
    options: RunOptions, classifier: Classifier, classes: Sequence[int]
) -> tuple[Counterexamples, ...]:
    """Those of each class that was given some; raises where any cannot be used."""
    found: list[Counterexamples] = []
    for index, folder in by_class(options.counterexamples, classifier.classes).items():
        if index not in classes:
            raise ConfigError(
                f"{quoted(classifier.classes[index].name)} is not among the classes that are audited",
                where=FLAG,
                fix=f"add it to --only, or leave {FLAG} out",
            )
        limit, seed = options.config.photographs.limit, options.config.seed
        found.append(scan_counterexamples(folder, index, limit=limit, seed=seed))
        for photos in found[-1].photos.values():
            require_usable(photos, classifier.input, FLAG)
    return tuple(found)


def _own_baseline(path: Path | None, classifier: Classifier) -> Baseline | None:
    if path is None:
        return None
    height, width = classifier.size
    if path.is_dir():
        return from_folder(path, (height, width))[0]
    baseline = load_file(path)
    if (baseline.height, baseline.width) != (height, width):
        raise ImageError(
            f"expected a baseline of {width} x {height} px, got {baseline.width} x {baseline.height}",
            where=str(path),
            fix=f"audit baseline PHOTOS --size {height}x{width} --out FILE",
        )
    return baseline


def nearest(size: tuple[int, int]) -> Baseline:
    """The shipped baseline nearest in size: its spectrum goes on by its power law."""
    side = (size[0] * size[1]) ** 0.5
    height, width = min(sizes(), key=lambda s: abs(s[0] - side))
    baseline = bundled(height, width)
    assert baseline is not None
    return baseline


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def default_out(classifier: Classifier) -> Path:
    """`reports/<model>` under the working directory."""
    return Path("reports") / classifier.name

"""Rows of the run itself: its checks, how long it takes, where it writes; and the same in a sentence."""

from collections.abc import Iterator

from audit.checks import CHECKS, effective, lacks
from audit.classifier.model import Classifier
from audit.config import Config
from audit.diagnosis.diagnosis import DEFAULT, USER, Row, rows
from audit.records import Results
from audit.runner.forecast import Forecast
from audit.runner.session import RunOptions
from audit.stages import Context
from audit.text import few, plural, quoted


def check_rows(config: Config, *, photographs: bool) -> list[Row]:
    """Each check: whether it can decide with these settings, and why not."""
    return rows("checks", _checks(config, photographs=photographs))


def odd_names(classifier: Classifier, config: Config) -> tuple[list[Row], list[str]]:
    """What the check label-list says of the class names, which needs nothing else; and what to warn of."""
    # The check reads no more than this.
    early = Results.model_construct(model=classifier.info())
    answer = CHECKS["label-list"].evaluate(early, effective(config.checks))
    found = [("odd names", answer.summary, "check label-list")]
    found += [("", finding.title, finding.verdict) for finding in answer.findings[:3]]
    return rows("classes", found), [f.title for f in answer.findings if f.verdict == "verified"][:3]


def _checks(config: Config, *, photographs: bool) -> Iterator[tuple[str, object, str]]:
    for check in CHECKS:
        missing = lacks(check.META.id, config, photographs=photographs)
        if check.META.ranking:
            yield check.META.id, "ranks the classes, decides nothing", "its kind"
        elif missing:
            why = " and ".join(f"{m.why}: {m.setting}" if m.setting else m.why for m in missing)
            yield check.META.id, f"cannot pass: {why}", "settings"
        else:
            yield check.META.id, "can decide", "settings"


def beside_rows(context: Context, options: RunOptions) -> list[Row]:
    """What pictures are compared with: natural images, and a second network."""
    sides = f"{context.classifier.size[0]} x {context.classifier.size[1]} px"
    prior = f"{context.prior.height} x {context.prior.width} px"
    if context.baseline is None:
        value = f"none of {sides}: statistics have no natural range; the prior is that of {prior}"
        source = "shipped, the nearest size; `audit baseline` makes one"
    else:
        value = f"{sides}, {plural(context.baseline.images, 'photograph')}"
        source = "shipped, of this size" if options.baseline is None else f"{USER}: {options.baseline}"
    found: list[tuple[str, object, str]] = [("natural baseline", value, source)]
    if context.transfer_model is not None:
        second = context.transfer_model
        shared = sum(index is not None for index in second.classes)
        value = f"{second.classifier.spec}, has {shared:,} of the {plural(len(second.classes), 'class')}"
        found.append(("transfer model", value, "ids and names of both class lists"))
        found += [("note", note, "the transfer model") for note in second.notes]
    return rows("run", found)


def run_rows(
    context: Context,
    options: RunOptions,
    ahead: Forecast | None,
    finished: tuple[int, int, bool],
    *,
    stated: bool,
) -> list[Row]:
    """Preset, classes, time and folder; `finished`: units that are stored, all units, whether a run is there.

    `stated`: whether the user named the folder.
    """
    chosen = [context.classifier.classes[i].name for i in context.classes]
    done, units, there = finished
    state = f"holds this run, {done} of {units} units of work are finished" if there else "new or empty"
    entries: list[tuple[str, object, str] | None] = [
        ("preset", options.config_name, DEFAULT if options.config_name == "standard" else USER),
        ("seed", context.config.seed, "the configuration"),
        (
            "audited classes",
            f"{len(chosen):,} of {len(context.classifier.classes):,}: {few(map(quoted, chosen), 3)}",
            USER if options.only else "all, without --only",
        ),
        ("output folder", f"{options.out}: {state}", USER if stated else DEFAULT),
    ]
    if ahead is not None:
        for stage in ahead.stages:
            views = f", {stage.views:,.0f} views" if stage.views else ""
            items = f"{stage.items:,} {stage.of}" if stage.units else f"{stage.of} to choose"
            entries.append((stage.name, f"{items}{views}, {_time(stage.seconds)}", "a few timed steps"))
        views = sum(stage.views for stage in ahead.stages)
        entries.append(("in all", f"{views:,.0f} views, {_time(ahead.seconds)}", "a few timed steps"))
    return rows("run", entries)


def in_words(
    context: Context,
    options: RunOptions,
    ahead: Forecast | None,
    left: float,
    finished: tuple[int, int, bool],
) -> str:
    """What `audit run` would do; `left` seconds of it."""
    done, units, there = finished
    config = context.config
    start = f"`audit run` would {'go on' if there and not options.fresh else 'start'}: "
    if there and done == units:
        return f"{start}all its work is finished, so it would write the report in {options.out} again."
    drawn = plural(config.synthesis.restarts, "picture")
    said = f"{start}it draws {plural(len(context.classes), 'class')}, {drawn} of each"
    if context.photos is not None:
        said += f", asks about {plural(len(context.photos.entries), 'photograph')}"
    given = sum(len(photos.entries) for own in context.counterexamples for photos in own.photos.values())
    if given:
        said += f", tries {plural(given, 'counterexample')}"
    if config.robustness.images and config.robustness.attacks:
        said += f", attacks with {' and '.join(config.robustness.attacks)}"
    said += f" and writes the report to {options.out}"
    if ahead is not None:
        said += f", in about {_time(left)} and {max(1, round(ahead.megabytes))} MB"
    return f"{said}."


def _time(seconds: float) -> str:
    """As precise as a forecast can be."""
    if seconds < 90:
        return plural(max(1, round(seconds)), "second")
    return f"{seconds / 60:.{0 if seconds > 600 else 1}f} minutes"

"""`audit probe`: the causal test of a finding again, on other photographs. torch is imported when it runs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from audit.errors import ConfigError
from audit.keywords import Loading, public

if TYPE_CHECKING:
    from rich.console import Console
    from torch import nn

    from audit.classifier import Classifier
    from audit.finished import Audit
    from audit.records import CausalTest, Finding, Results
    from audit.stages import Context

FEWEST_OTHERS, FEWEST_OWN = 20, 5
"""Photographs of other classes, and of the class where its losses count, that a verdict takes."""
SHORTEST = 4
"""Digits of a fingerprint that are enough to name a finding."""


@dataclass(frozen=True)
class Retested:
    """A finding, and its causal test on other photographs."""

    finding: "Finding"
    test: "CausalTest"
    verdict: str
    """"verified", "suspected" or "refuted" by this test."""
    scales: tuple[str, ...]
    lines: tuple[str, ...]
    """The same in sentences."""

    def record(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "finding": self.finding.fingerprint,
            "check": self.finding.check,
            "verdict": self.verdict,
            "scales": list(self.scales),
            "test": json.loads(self.test.model_dump_json()),  # what is not finite is text, as in results.json
        }


@public
def probe(
    run: "str | Path | Audit",
    finding: str,
    *,
    images: str | Path | None = None,
    model: "str | nn.Module | Classifier | None" = None,
    seed: int | None = None,
    device: str | None = None,
    console: "Console | None" = None,
    **loading: Unpack[Loading],
) -> Retested:
    """Test a finding of a change again, on photographs that took no part in finding it; writes nothing.

    `run` is a folder or what `audit.run` returned, `finding` the fingerprint of one of its findings, or its
    beginning. `images` are other photographs; without them those of the run are drawn anew by `seed` among
    the ones that did not serve to find the change. `model` and the keywords from `weights` on as for
    `audit.run`: the network of the run, loaded as it was, unless given.
    Raises ConfigError where there is no such finding, it is about no change, or the network is another one.
    """
    from audit.api import open as open_run

    audit = open_run(run) if isinstance(run, str | Path) else run
    chosen = _named(audit.results, finding)
    classifier = _network(audit.results, model, device, loading, console)
    context = _context(audit, classifier, images, seed)
    test = _tested(context, audit.results, chosen, seed, classifier)
    return _told(audit.results, chosen, test)


def _named(results: "Results", text: str) -> "Finding":
    """The finding whose fingerprint begins so."""
    found = [f for f in results.findings if len(text) >= SHORTEST and f.fingerprint.startswith(text)]
    about = [f for f in results.findings if f.change is not None]
    known = ", ".join(f"{f.fingerprint} ({f.check})" for f in about[:8]) or "none in this run"
    if len(found) != 1:
        problem = f"{len(found)} findings begin with {text!r}" if found else f"no finding {text!r}"
        raise ConfigError(problem, where="--finding", fix=f"findings of changes: {known}")
    if found[0].change is None:
        raise ConfigError(
            f"the finding of {found[0].check} is about no change of photographs",
            where="--finding",
            fix=f"findings of changes: {known}",
        )
    return found[0]


def _network(
    results: "Results",
    model: "str | nn.Module | Classifier | None",
    device: str | None,
    loading: Loading,
    console: "Console | None",
) -> "Classifier":
    """The network of the run; ConfigError for another one."""
    from audit.classifier import load
    from audit.classifier.model import Classifier

    info = results.model
    if isinstance(model, Classifier):
        classifier = model
    else:
        before: dict[str, Any] = {
            "classes": [label.full for label in info.classes],
            "input_size": (info.input.height, info.input.width),
            "resize": "none" if info.input.resize is None else info.input.resize,
            "mean": info.input.mean,
            "std": info.input.std,
            "interpolation": info.input.interpolation,
            "channel_order": info.input.order,
            "channels": info.input.channels,
            "enlarge": info.input.enlarge,
            "task": info.task,
        }
        given: dict[str, Any] = {**loading}
        before |= {name: value for name, value in given.items() if value not in (None, False)}
        classifier = load(model or info.spec, device=device or "cpu", **before)
    if console is not None:
        console.print(f"loaded {classifier.spec}", style="dim", markup=False, highlight=False)
    if classifier.input.settings() != info.input.settings():
        raise ConfigError(
            "the photographs would be prepared otherwise than in the run",
            where="--input-size, --mean, --std and the like",
            fix="leave them out: the run's own are known",
        )
    if classifier.identity.weights != info.identity.weights:
        raise ConfigError(
            "the network is not that of the run: its weights differ",
            where="--model",
            fix="name the same MODEL and --weights as the run did",
        )
    return classifier


def _context(
    audit: "Audit", classifier: "Classifier", images: str | Path | None, seed: int | None
) -> "Context":
    """What stages would see, with the run's settings and these photographs or its own."""
    from audit.config import read_config_values
    from audit.runner.session import RunOptions, prepare

    photographs = audit.results.photographs
    source = images or (photographs.source if photographs else None)
    if images is None and source is not None and not Path(source).exists():
        raise ConfigError(
            f"the photographs of the run are no longer at {source}",
            where="--images",
            fix="name a folder of photographs",
        )
    config = read_config_values(audit.results.run.config)
    given = RunOptions(
        config=config,
        config_name=audit.results.run.config_name,
        only=(),
        baseline=None,
        out=audit.folder,
        fresh=False,
        command="audit probe",
        images=None if source is None else Path(source),
    )
    return prepare(classifier, given)


def _tested(
    context: "Context",
    results: "Results",
    finding: "Finding",
    seed: int | None,
    classifier: "Classifier",
) -> "CausalTest":
    from audit.stages.probes.carrier_images import made, others
    from audit.stages.probes.causal_stage import controls_with_rival, recorded_change
    from audit.stages.probes.causal_test import Held, causal_test

    assert finding.change is not None  # it was asked for
    own = results.photographs
    there = None if own is None else Path(own.source).resolve()
    same = context.photos is None or Path(context.photos.source).resolve() == there
    known = {one.sha256 for one in own.photographs} if own is not None and not same else set[str]()
    rows = others(context, seed, same=same, known=known)
    if context.photos is not None and not rows:
        raise ConfigError(
            f"all {len(context.photos.entries)} photographs took part in the run, or found the change in it",
            where="--images",
            fix="name a folder of other photographs",
        )
    fitted = results.probes.fitted if results.probes else []
    change = recorded_change(context, fitted, finding.change)
    batch = context.config.probes.batch
    held = Held.of(classifier.folded(), made(context, rows), batch, _silent)
    test = causal_test(
        classifier,
        held,
        finding.classes[0],
        change,
        seed=context.config.seed if seed is None else seed,
        batch=batch,
        examples=0,
        tick=_silent,
        controls=controls_with_rival(context, fitted, change),
    ).record
    _enough(finding, test, classifier.classes[test.class_index].name)
    return test


def _enough(finding: "Finding", test: "CausalTest", name: str) -> None:
    """ConfigError where the photographs are too few for a verdict."""
    from audit.checks import asks_its_own

    if test.turned.n < FEWEST_OTHERS:
        raise ConfigError(
            f"{test.turned.n} photographs of other classes than {name!r} can be used; a verdict takes "
            f"{FEWEST_OTHERS}",
            where="--images",
            fix="name a folder of more photographs",
        )
    if asks_its_own(finding, test) and test.lost.n < FEWEST_OWN:
        raise ConfigError(
            f"{test.lost.n} photographs of {name!r} are answered rightly; what the class loses takes "
            f"{FEWEST_OWN} of them",
            where="--images",
            fix="name a folder with one folder for each class",
        )


def _silent(views: float) -> None:
    """Progress that nobody looks at."""


def _told(results: "Results", finding: "Finding", test: "CausalTest") -> Retested:
    from audit.checks import retold
    from audit.records.change_words import change_words

    verdict, scales, sentences = retold(results, finding, test)
    before = f"The run: {finding.title} ({finding.verdict})."
    lines = (before, f"Change: {change_words(test.change)} ({test.change}).", *sentences)
    return Retested(finding, test, verdict, scales, lines)

"""What a whole run says of networks with a planted truth: one logit, many labels, answers and gradients that
are no numbers."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tiny
import torch
from torch import Tensor, nn

from audit.api import Audit
from audit.gating.evaluate import gate
from audit.gating.policy import Policy
from audit.records import ClassResult, Results
from audit.report.write import schema
from audit.runner.rebuild import rebuild

PATH = {"input_size": 32, "mean": 0.5, "std": 0.25}
SETTLED = (
    "synthesis.restarts=6",
    "synthesis.views=48",
    "unconstrained.classes=9",
)
RED, GREEN, BLUE = (1.0, -1.0, 0.0), (-1.0, 1.0, 0.0), (0.0, -1.0, 1.0)
NAMES = ["red", "green", "blue"]


class Colours(nn.Module):
    """Each output is a weighted sum of the picture's mean colours; `after` does something to the outputs."""

    def __init__(
        self,
        rows: list[tuple[float, float, float]],
        biases: list[float],
        after: Callable[[Tensor], Tensor] = lambda logits: logits,
    ) -> None:
        super().__init__()
        self.last, self.after = nn.Linear(3, len(rows)), after
        with torch.no_grad():
            self.last.weight.copy_(torch.tensor(rows))
            self.last.bias.copy_(torch.tensor(biases))

    def forward(self, images: Tensor) -> Tensor:
        return self.after(self.last(images.mean((2, 3))))


def three(after: Callable[[Tensor], Tensor] = lambda logits: logits, apart: float = 0.0) -> Colours:
    """Red, green and blue: what raises another one lowers green. They are so far
    apart on a grey picture."""
    rows = [tuple(8 * w for w in row) for row in (RED, GREEN, BLUE)]
    return Colours(rows, [apart * place for place in (2, 1, 0)], after)  # type: ignore[arg-type]


def of(run: Audit, check: str) -> Any:
    """The answer of one check."""
    return next(c for c in run.results.checks if c.meta.id == check)


def strict(run: Audit) -> dict[str, Any]:
    """results.json, which must be strict JSON, fulfil the schema and be read back as it was."""

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is not JSON")

    text = (run.folder / "results.json").read_text()
    document = json.loads(text, parse_constant=refuse)
    jsonschema.validate(document, schema())
    assert f"{Results.model_validate_json(text).model_dump_json(indent=1)}\n" == text
    return document


def test_a_network_of_one_logit_is_healthy_where_its_margin_moves(tmp_path: Path) -> None:
    net = Colours([(8.0, -8.0, 0.0)], [0.5])
    run = tiny.audit_tiny(net, tmp_path / "run", *SETTLED, classes=["no", "yes"], **PATH)
    assert of(run, "dead-class").outcome == "passed"
    assert of(run, "class-overlap").outcome == "passed"
    assert [f for f in run.results.findings if f.verdict in ("verified", "suspected")] == []
    assert run.results.verdict.outcome == "nothing flagged"
    assert {p.logit for p in run.results.classes[0].pictures} == {0.0}


def test_a_network_of_one_logit_that_never_moves_is_caught(tmp_path: Path) -> None:
    net = Colours([(1e-9, -1e-9, 0.0)], [5.0])
    run = tiny.audit_tiny(net, tmp_path / "run", *SETTLED, classes=["no", "yes"], **PATH)
    found = of(run, "dead-class").findings
    assert [(f.classes, f.verdict) for f in found] == [([0], "verified"), ([1], "verified")]
    assert run.results.verdict.outcome == "flagged"


LABELS = ["animal", "dog", "vehicle", "car", "plant", "statue"]


def labels(statue: float) -> Colours:
    """Wherever a dog is, an animal is more probable; a statue holds from that bias on."""
    dog, car = tuple(8 * w for w in RED), tuple(8 * w for w in BLUE)
    rows = [tuple(2 * w for w in dog), dog, tuple(2 * w for w in car), car, tuple(8 * w for w in GREEN)]
    return Colours([*rows, (0.0, 0.1, 0.1)], [1.0, 0.0, 1.0, 0.0, 0.0, statue])  # type: ignore[list-item]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    for number in range(12):
        tiny.photograph(folder / f"{number}.png", number)
    return folder


def test_sister_labels_that_hold_together_are_no_fault(tmp_path: Path, photographs: Path) -> None:
    run = tiny.audit_tiny(
        labels(1.0),
        tmp_path / "run",
        *SETTLED,
        classes=LABELS,
        task="multi-label",
        **PATH,
    )
    dogs = run.results.classes[1].pictures
    assert all(p.rank > 1 for p in dogs)
    assert all(p.probability > 0.5 for p in dogs)
    assert (of(run, "dead-class").outcome, of(run, "class-overlap").outcome) == ("passed", "passed")
    assert [f.title for f in run.results.findings if f.verdict in ("verified", "suspected")] == []
    # The picture of a dog is attacked although the animal leads on it; what flips goes nowhere.
    attacked = run.results.robustness
    assert attacked is not None
    assert attacked.correct == attacked.tried == 6
    assert any(image.worst() is not None for image in attacked.attacked)
    assert attacked.predicted_after == []
    assert not any("go into" in f.title for f in run.results.findings)


def test_a_label_that_is_dead_among_sisters_is_flagged(tmp_path: Path) -> None:
    run = tiny.audit_tiny(
        labels(-30.0), tmp_path / "run", *SETTLED, classes=LABELS, task="multi-label", **PATH
    )
    assert [f.classes for f in of(run, "dead-class").findings] == [[5]]
    assert run.results.verdict.outcome == "flagged"


class Overflows(torch.autograd.Function):
    """The identity, whose gradient is NaN where the value is large."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:  # type: ignore[override]
        ctx.save_for_backward(values)
        return values.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        (values,) = ctx.saved_tensors
        return torch.where((values > 0.5) & (gradient != 0), torch.nan, gradient)


def poisoned(logits: Tensor) -> Tensor:
    """Green cannot be driven far."""
    return torch.cat([logits[:, :1], Overflows.apply(logits[:, 1:2]), logits[:, 2:]], 1)  # type: ignore[misc]


def test_a_class_whose_gradient_is_nan_fails_alone(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (*SETTLED, "checks.unreliable_probability=0.1")
    keywords: dict[str, Any] = {"classes": NAMES, "images": photographs, **PATH}
    sound = tiny.audit_tiny(three(), tmp_path / "sound", *settings, **keywords)
    run = tiny.audit_tiny(three(poisoned), tmp_path / "run", *settings, **keywords)
    failed = run.results.classes[1]
    assert failed.error is not None
    assert "6 of 6 pictures under the natural prior could not be drawn" in failed.error
    assert "NaN or infinity" in failed.error
    others = [0, 2]
    assert [run.results.classes[i].error for i in others] == [None] * 2
    assert [hashes(run.results.classes[i]) for i in others] == [
        hashes(sound.results.classes[i]) for i in others
    ]
    # Not judged is not passed, and what is not complete is not clean.
    assert of(sound, "dead-class").outcome == "passed"
    assert of(run, "dead-class").outcome == "inconclusive"
    assert "1 class with pictures that could not be drawn" in of(run, "dead-class").summary
    assert run.results.verdict.outcome == "incomplete"
    lenient = Policy(name="lenient", require=("dead-class",), limits={"unreliable_probability": 0.1})
    assert gate(run.results, lenient).exit_code == 3
    assert gate(sound.results, lenient).exit_code == 0
    assert strict(run)["classes"][1]["error"] == failed.error
    page = run.page.read_text()
    assert "Not generated" in page
    assert '<a href="#class-1"><bdi>green</bdi></a>' in page
    assert list(run.classes.index) == [0, 1, 2]
    assert "could not be drawn" in (run.folder / "classes.csv").read_text()
    # The failure is a result: nothing is computed again.
    computed = tiny.noting(monkeypatch)
    again = tiny.audit_tiny(three(poisoned), tmp_path / "run", *settings, **keywords)
    assert computed == []
    assert again.results.classes == run.results.classes
    assert rebuild(run.folder).verdict == run.results.verdict


def hashes(result: ClassResult) -> list[str]:
    return [p.sha256 for p in result.pictures]


def beyond(value: float) -> Callable[[Tensor], Tensor]:
    """Green is this number where it is large."""

    def after(logits: Tensor) -> Tensor:
        green = torch.where(logits[:, 1:2] > 0.5, value, logits[:, 1:2])
        return torch.cat([logits[:, :1], green, logits[:, 2:]], 1)

    return after


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("task", ["single-label", "multi-label"])
def test_an_answer_that_is_not_finite_stands_for_nothing(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch, value: float, task: str
) -> None:
    net, keywords = three(beyond(value)), {"classes": NAMES, "images": photographs, "task": task, **PATH}
    run = tiny.audit_tiny(net, tmp_path / "run", *SETTLED, **keywords)
    pictures = run.results.classes[1].pictures
    odd = [p for p in pictures if not p.finite]
    assert odd, "the plant: pictures of green go beyond"
    assert not any(p.chosen for p in odd)
    assert all(p.rank == 3 and p.top == [] for p in odd)
    assert {math.isnan(p.logit) for p in odd} == {math.isnan(value)}
    assert of(run, "dead-class").outcome != "passed"
    assert of(run, "class-overlap").outcome != "passed"
    assert "1 class with answers that are not finite" in of(run, "class-overlap").summary
    written = strict(run)["classes"][1]["pictures"]
    assert {p["logit"] for p in written if p["probability"] == "NaN"} == {
        "NaN" if math.isnan(value) else "Infinity"
    }
    assert "not finite" in run.page.read_text()
    computed = tiny.noting(monkeypatch)
    again = tiny.audit_tiny(net, tmp_path / "run", *SETTLED, **keywords)
    assert computed == []
    assert again.results.model_dump_json(include={"classes"}) == run.results.model_dump_json(
        include={"classes"}
    )
    assert rebuild(run.folder).verdict == run.results.verdict


def narrow(logits: Tensor) -> Tensor:
    """No number where two classes are nearly level: the way to every flip leads through it."""
    first, second = logits.topk(2, 1).values.unbind(1)
    return torch.where((first - second < 1.5)[:, None], torch.nan, logits)


def test_an_attack_that_ends_in_no_number_is_counted_and_is_not_robust(
    tmp_path: Path, photographs: Path
) -> None:
    settings = (*SETTLED, "robustness.epsilons=[1,4,16,64]", "robustness.examples=2")
    run = tiny.audit_tiny(
        three(narrow, 2.0), tmp_path / "run", *settings, classes=NAMES, images=photographs, **PATH
    )
    seen = run.results.robustness
    assert seen is not None
    flips = [flip for image in seen.attacked if (flip := image.worst())]
    odd = [flip for flip in flips if not flip.finite]
    assert len(odd) == seen.not_finite > 0
    assert all(flip.predicted_after is None for flip in odd)
    assert seen.flipped_within[-1].flipped.k == len(flips)
    assert "the answer is no longer finite" in of(run, "adversarial-robustness").summary
    assert "makes the network's answer NaN or infinite" in run.page.read_text()
    strict(run)

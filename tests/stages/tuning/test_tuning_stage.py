from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

from audit.classifier import load
from audit.config import read_config
from audit.records.tuning import Tuning
from audit.records.unit_records import PicturesUnit, TuningUnit
from audit.runner.header import describe, require_same
from audit.runner.plan import Unit, plan
from audit.runner.session import RunOptions, prepare
from audit.stages import Computed, Context
from audit.stages.pictures.drawing_stages import Pictures
from audit.stages.tuning.tuning_stage import TuningStage, rates, shapes, spread, tuned

FINE = """
import torch
from torch import nn
from torch.nn import functional as F

class Fine(nn.Module):
    '''Says yes to fine detail that is stronger than a few steps of the usual size draw.'''

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3, 8)
        mix = torch.rand(8, 3, generator=torch.Generator().manual_seed(0))
        self.head.weight.data = 200 * mix / mix.sum(1, keepdim=True)
        self.head.bias.data = torch.full((8,), -10.0)

    def forward(self, x):
        detail = (x - F.avg_pool2d(x, 3, 1, 1))[:, :, 1:-1, 1:-1]
        return self.head(detail.abs().mean((2, 3)))

def make():
    net = Fine()
    net.audit_input = dict(input_size=32, mean=0.0, std=1.0)
    net.audit_classes = [f"thing {i}" for i in range(8)]
    return net
"""


def fine(folder: Path, *settings: str) -> Context:
    (folder / "fine.py").write_text(FINE)
    model = load(f"{folder}/fine.py:make", task="multi-label")
    small = ("synthesis.views=54", "synthesis.restarts=6", "tuning.share=1.0", *settings)
    options = RunOptions(read_config("standard", small), "standard", (), None, folder, False, "audit")
    return prepare(model, options)


def compute(stage: Any, context: Context, *inputs: Any) -> Computed:
    return stage.compute(context.classes, context, inputs, lambda views: None)


def tuning(computed: Computed) -> Tuning:
    assert isinstance(computed.body, TuningUnit)
    return computed.body.tuning


def own(computed: Computed) -> np.ndarray:
    assert isinstance(computed.body, PicturesUnit)
    return np.array([p.probability for group in computed.body.pictures for p in group.pictures])


def test_a_network_that_the_default_fails_on_is_repaired(tmp_path: Path) -> None:
    context = fine(tmp_path)
    told: list[float] = []
    stage = TuningStage()
    computed = stage.compute(context.classes, context, [], told.append)
    found = tuning(computed)
    assert found.chosen["rate"] == 4 * context.config.synthesis.rate
    assert found.chosen["coarse_rate"] == 4 * context.config.synthesis.coarse_rate
    (won,) = [entry for entry in found.tried if entry.name == "rates × 4"]
    assert won.chosen
    assert won.p is not None
    assert won.p < 0.01
    assert won.score > won.against + 0.5
    assert "rates × 4" in found.said
    # What it costs is what was foretold, and no more than was granted.
    assert sum(told) == pytest.approx(computed.views) == pytest.approx(stage.views(context))
    assert found.share == pytest.approx(computed.views / (54 * 8))
    assert found.share <= 1
    assert tuning(compute(stage, context)) == found

    failing = own(compute(Pictures(), context))
    repaired = own(compute(Pictures(), context, tiny.recorded(computed.body)))
    assert failing.max() < 0.5 < repaired.min()


def test_a_network_that_the_default_suits_keeps_it(tmp_path: Path) -> None:
    found = tuning(compute(TuningStage(), fine(tmp_path, "synthesis.rate=0.8")))
    assert "rate" not in found.chosen
    assert {entry.name for entry in found.tried} >= {"rates × 1/4", "rates × 1/2", "rates × 2", "rates × 4"}


def planned(folder: Path, *settings: str) -> list[Unit]:
    return plan(tiny.context(tiny.write(folder, classes=10), folder, "synthesis.batch=4", *settings))


def test_off_changes_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    off = planned(tmp_path)
    assert "tuning" not in {unit.stage.name for unit in off}
    monkeypatch.setattr(Pictures, "inputs", ())
    assert [unit.key for unit in planned(tmp_path)] == [unit.key for unit in off]


def test_all_pictures_depend_on_the_tuning(tmp_path: Path) -> None:
    off, on = planned(tmp_path), planned(tmp_path, "tuning.share=0.05")
    (first,) = [unit for unit in on if unit.stage.name == "tuning"]
    drawn = [unit for unit in on if unit.stage.name == "pictures"]
    assert len(drawn) > 1
    assert [key for unit in drawn for (key,) in unit.reads] == list(first.keys)
    assert not {unit.key for unit in drawn} & {unit.key for unit in off}
    free = {unit.key for unit in off if unit.stage.name == "unconstrained"}
    assert free
    assert free < {unit.key for unit in on}
    (other,) = [u for u in planned(tmp_path, "tuning.share=0.06") if u.stage.name == "tuning"]
    assert other.key != first.key


def test_a_folder_from_before_the_pilot_goes_on_without_it(tmp_path: Path) -> None:
    model = tiny.write(tmp_path)
    off = describe(tiny.context(model, tmp_path))
    before = {**off, "configuration": {k: v for k, v in off["configuration"].items() if k != "tuning"}}
    require_same(before, off, "folder")
    on = describe(tiny.context(model, tmp_path, "tuning.share=0.05"))
    with pytest.raises(Exception, match="tuning"):
        require_same(off, on, "folder")
    with pytest.raises(Exception, match="tuning"):
        require_same(before, on, "folder")


@pytest.mark.parametrize(
    "classes, share, words",
    [(6, 1.0, "it needs 8 classes, and 6 are audited"), (10, 0.05, "pay for 0 of the 24 pictures it needs")],
)
def test_what_cannot_be_paid_is_said(tmp_path: Path, classes: int, share: float, words: str) -> None:
    model = tiny.write(tmp_path, classes=classes)
    context = tiny.context(model, tmp_path, f"tuning.share={share}")
    computed = compute(TuningStage(), context)
    found = tuning(computed)
    assert words in found.said
    assert (found.pictures, found.chosen, computed.views, TuningStage().views(context)) == (0, {}, 0.0, 0.0)
    plain = compute(Pictures(), context)
    assert compute(Pictures(), context, tiny.recorded(computed.body)).files == plain.files


@pytest.mark.parametrize("views", ["6", "60"])
@pytest.mark.parametrize("share", [0.03, 0.05, 0.3, 1.0])
def test_the_share_is_never_exceeded(tmp_path: Path, share: float, views: str) -> None:
    model = tiny.write(tmp_path, classes=400)
    context = tiny.context(model, tmp_path, f"tuning.share={share}", f"synthesis.views={views}")
    stage = TuningStage()
    assert stage.views(context) <= share * Pictures().views(context) * (1 + 1e-9)
    assert stage.views(context) > 0 or share < 0.1


def test_the_page_says_it(tmp_path: Path) -> None:
    run = tiny.audit_tiny(tiny.write(tmp_path), tmp_path / "run", "tuning.share=0.05")
    assert run.results.tuning is not None
    assert run.results.tuning.said in run.page.read_text("utf-8")
    stages = {stage.name: stage for stage in run.results.run.stages}
    assert list(stages).index("tuning") < list(stages).index("pictures")
    assert stages["tuning"].views == 0


@pytest.mark.parametrize("total, count", [(1000, 32), (1000, 8), (97, 12), (8, 8)])
def test_the_first_quarter_and_half_are_even_too(total: int, count: int) -> None:
    sample = spread(range(total), count)
    assert len(set(sample)) == count
    for part in (count // 4, count // 2, count):
        gaps = np.diff(sorted(sample[:part]))
        assert gaps.max() - gaps.min() <= 0.25 * total / part + 2


def test_recipes_change_what_they_say(tmp_path: Path) -> None:
    context = fine(tmp_path)
    config = context.config.synthesis
    double = next(changes for changes, name in rates(config).items() if name == "rates × 2")
    assert dict(double) == {"rate": 2 * config.rate, "coarse_rate": 2 * config.coarse_rate}
    then = shapes(context, double)
    assert set(then.values()) == {"objective margin", "objective mix"}
    assert all(dict(double).items() <= dict(changes).items() for changes in then)
    chosen = Tuning(pictures=1, share=0.1, tried=[], chosen={"objective": "mix", "rate": 0.3}, said="")
    unit = tiny.recorded(TuningUnit(tuning=chosen))
    assert tuned(config, [unit]) == config.model_copy(update={"objective": "mix", "rate": 0.3})
    assert tuned(config, []) is config

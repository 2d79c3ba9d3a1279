import math
from pathlib import Path

import pytest
import tiny
import torch

from audit.runner.forecast import Forecast, StageForecast, forecast


def named(ahead: Forecast, name: str = "pictures") -> StageForecast:
    return next(stage for stage in ahead.stages if stage.name == name)


def test_numbers_are_positive_and_views_are_those_that_a_run_records(tmp_path: Path) -> None:
    model = tiny.write(tmp_path, size=64, classes=7)
    settings = ("synthesis.views=41", "synthesis.batch=4", "unconstrained.views=9")
    ahead = forecast(tiny.context(model, tmp_path / "run", *settings))
    assert not (tmp_path / "run").exists()
    run = tiny.audit_tiny(model, tmp_path / "run", *settings)
    found = {stage.name: stage for stage in ahead.stages}
    assert list(found) == [stage.name for stage in run.results.run.stages]
    for stage in run.results.run.stages:
        told = found[stage.name]
        if stage.name in ("pictures", "unconstrained", "statistics"):
            assert told.views == pytest.approx(stage.views)
        else:  # told at most: attacks stop early
            assert told.views >= stage.views
        assert told.units == stage.units == stage.done
        assert math.isfinite(told.seconds)
        assert told.seconds > 0 or not told.views
    counts = {
        name: (found[name].items, found[name].of) for name in ("pictures", "unconstrained", "statistics")
    }
    assert counts == {
        "pictures": (7, "classes"), "unconstrained": (4, "classes"), "statistics": (7, "classes"),
    }  # fmt: skip
    assert ahead.seconds == pytest.approx(sum(stage.seconds for stage in ahead.stages))
    taken = sum(path.stat().st_size for path in (tmp_path / "run" / "images").rglob("*.png")) / 2**20
    assert 0.5 * taken < ahead.megabytes < 3 * taken


def test_more_views_and_more_classes_take_longer(tmp_path: Path) -> None:
    model = tiny.write(tmp_path, size=64, classes=10)
    few = forecast(tiny.context(model, tmp_path, "synthesis.views=40", only=["0:2"]))
    many = forecast(tiny.context(model, tmp_path, "synthesis.views=4000"))
    assert named(many).views == pytest.approx(500 * named(few).views, rel=0.1)
    assert named(many).seconds > 20 * named(few).seconds


def test_nothing_without_prior_is_no_stage(tmp_path: Path) -> None:
    ahead = forecast(tiny.context(tiny.write(tmp_path), tmp_path, "unconstrained.classes=0"))
    assert "unconstrained" not in [stage.name for stage in ahead.stages]


def test_the_callers_random_numbers_stay(tmp_path: Path) -> None:
    state = torch.get_rng_state()
    forecast(tiny.context(tiny.write(tmp_path), tmp_path))
    assert torch.equal(torch.get_rng_state(), state)

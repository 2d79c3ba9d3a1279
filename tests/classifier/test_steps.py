from pathlib import Path

import pytest
import tiny

from audit.classifier import load
from audit.classifier.steps import STEPS, reached, watching
from audit.errors import PreprocessingError


def test_steps_are_noted_in_their_order(tmp_path: Path) -> None:
    with watching() as steps:
        classifier = load(tiny.write(tmp_path))
    assert list(steps) == [step for step in STEPS if step != "weights"]
    assert steps["place"] is classifier
    assert steps["outputs"] == (4, 6)
    assert steps["penultimate features"] == "6"


def test_a_failure_leaves_what_held_before_it(tmp_path: Path) -> None:
    with watching() as steps, pytest.raises(PreprocessingError):
        load(tiny.write(tmp_path), std=0.0)
    assert list(steps) == ["network"]


def test_only_the_first_network_is_noted_and_only_inside(tmp_path: Path) -> None:
    with watching() as steps:
        load(tiny.write(tmp_path))
        first = dict(steps)
        load(tiny.write(tmp_path, seed=2))
    load(tiny.write(tmp_path, seed=3))
    reached("weights", "nobody watches")
    assert steps == first


def test_a_step_that_is_taken_again_forgets_those_after_it() -> None:
    with watching() as steps:
        for step in ("network", "finite weights", "outputs", "logits", "finite weights"):
            reached(step)
    assert list(steps) == ["network", "finite weights"]

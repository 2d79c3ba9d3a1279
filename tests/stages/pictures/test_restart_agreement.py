import itertools

import numpy as np
import pytest
from scipy.spatial.distance import cosine

from audit.stages.pictures.restart_agreement import CENTRED_FROM, GROUPED_FROM, diversities


def planted(classes: int = 24, noise: float = 0.1) -> dict[int, dict[int, np.ndarray]]:
    """Class → restart → features: a direction for each class, and a little noise."""
    rng = np.random.default_rng(0)
    return {
        c: {r: direction + noise * rng.normal(size=128) for r in range(4)}
        for c, direction in enumerate(rng.normal(size=(classes, 128)))
    }


def test_restarts_of_one_look_are_one_group() -> None:
    found = diversities(planted())
    assert {tuple(map(tuple, d.groups)) for d in found.values()} == {((0, 1, 2, 3),)}
    assert all(d.value < 0.05 for d in found.values())


def test_restarts_of_two_looks_are_told_apart() -> None:
    features = planted()
    other = np.random.default_rng(1).normal(size=128)
    features[5] |= {1: other, 3: other * 1.5}
    features[6] = {7: features[6][0], 9: np.random.default_rng(2).normal(size=128)}
    found = diversities(features)
    assert found[5].groups == [[0, 2], [1, 3]]
    assert found[6].groups == [[7], [9]], "restarts keep their numbers"
    assert found[5].value > 0.4
    assert found[0].groups == [[0, 1, 2, 3]]


def test_the_value_is_one_less_the_mean_cosine() -> None:
    features = planted(noise=2.0)
    every = np.concatenate([np.stack(list(rows.values())) for rows in features.values()])
    for index, found in diversities(features).items():
        pairs = itertools.combinations((row - every.mean(0) for row in features[index].values()), 2)
        assert found.value == pytest.approx(np.mean([cosine(a, b) for a, b in pairs]), abs=1e-9)


def test_nothing_is_said_of_few_classes_or_one_restart() -> None:
    assert diversities(planted(CENTRED_FROM - 1)) == {}
    assert diversities({c: {0: rows[0]} for c, rows in planted().items()}) == {}


def test_restarts_are_not_told_apart_by_few_classes() -> None:
    few = diversities(planted(GROUPED_FROM - 1))
    assert [found.groups for found in few.values()] == [[]] * (GROUPED_FROM - 1)
    assert all(found.value < 0.1 for found in few.values())


def test_many_pictures_are_sampled() -> None:
    found = diversities(planted(classes=400))
    assert len(found) == 400
    assert sum(d.groups == [[0, 1, 2, 3]] for d in found.values()) > 395

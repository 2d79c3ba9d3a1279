import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import stdtr

from audit.stages.reliability.layer_similarity import (
    Scale,
    directions,
    inactive,
    inactive_by_chance,
    nearest_others,
    similarity,
    similarity_error,
)

RANDOM = np.random.default_rng(0)


def test_scale_standardises_as_numpy_does_whatever_the_parts() -> None:
    rows = RANDOM.normal(3, 2, (40, 6)).astype(np.float32)
    expected = directions((rows - rows.mean(0)) / rows.std(0))
    for parts in ([rows], [rows[:7], rows[7:8], rows[8:]]):
        assert Scale.of(parts)(rows) == pytest.approx(expected, abs=1e-5)


def test_a_channel_that_never_changes_does_not_drown_the_others() -> None:
    rows = np.concatenate([RANDOM.normal(0, 1, (40, 99)), np.zeros((40, 1))], 1)
    picture = rows[:1].copy()
    picture[0, -1] = 0.01
    assert abs(float(Scale.of([rows])(picture)[0, -1])) < 0.1


def test_similarity_in_closed_form() -> None:
    """Own photographs along x but for a tilt, others along y: 1 for one of them, 0 for one of the others."""
    tilt = np.array([[np.cos(a), np.sin(a), 0.0] for a in (0.3, -0.3)])
    others = np.array([0.0, 1.0, 0.0])
    # Each against the other one: cos 0.6; the mean direction is x.
    same = np.cos(0.6)
    for picture, expected in (
        ([0, 1, 0], 0.0),
        ([0, 0, 1], 0.0),
        ([1, 0, 0], 1 / same),
        ([-1, 0, 0], -1 / same),
    ):
        assert similarity(np.array(picture, float), tilt, others) == pytest.approx(expected, abs=1e-6)


def test_similarity_is_one_for_photographs_of_the_class_and_zero_for_others() -> None:
    centre = RANDOM.normal(0, 1, 30)
    own = directions(centre + RANDOM.normal(0, 1, (200, 30)))
    other = directions(-centre + RANDOM.normal(0, 1, (200, 30)))
    values = [similarity(row, own[100:], other[100:].mean(0)) for row in own[:100]]
    assert np.mean(values) == pytest.approx(1, abs=0.05)
    assert np.mean([similarity(row, own, other[100:].mean(0)) for row in other[:100]]) == pytest.approx(
        0, abs=0.05
    )


@pytest.mark.parametrize("n", [3, 5, 12])
def test_the_error_is_that_of_leaving_each_photograph_out(n) -> None:
    centre = RANDOM.normal(0, 1, 20)
    own = directions(centre + RANDOM.normal(0, 1, (n, 20)))
    others = directions(RANDOM.normal(0, 1, (40, 20))).mean(0)
    picture = directions((centre + RANDOM.normal(0, 1, 20))[None])[0]
    left = [similarity(picture, np.delete(own, i, 0), others) for i in range(n)]
    expected = np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert similarity_error(picture, own, others) == pytest.approx(expected, rel=1e-4)


def test_the_error_needs_three_photographs_that_are_alike() -> None:
    own, others = directions(RANDOM.normal(0, 1, (6, 30))), directions(np.ones((1, 30)))[0]
    assert similarity_error(own[0], own[:2], others) is None
    assert similarity_error(own[0], np.concatenate([own[:2], -own[:2]]), others) is None


def test_a_similarity_at_the_limit_is_rarely_under_it_for_certain() -> None:
    """t = (similarity - limit) / error, the limit put at what many photographs give."""
    random = np.random.default_rng(3)
    low = 0
    for _ in range(300):
        centre = random.normal(0, 1, 40)
        picture = directions((0.4 * centre + random.normal(0, 1, 40))[None])[0]
        many = directions(centre + random.normal(0, 1, (2000, 40)))
        others = np.zeros(40)
        own, truth = many[:6], similarity(picture, many, others)
        value, error = similarity(picture, own, others), similarity_error(picture, own, others)
        low += stdtr(5, (value - truth) / error) < 0.05
    assert low <= 27  # 15 expected, 27 is three standard deviations more


def test_a_layer_that_tells_no_classes_apart_says_nothing() -> None:
    rows = directions(np.ones((8, 5)))
    assert similarity(rows[0], rows[:4], rows[4:].mean(0)) is None


def test_nearest_other_is_scipys() -> None:
    rows = directions(RANDOM.normal(0, 1, (20, 4)))
    distances = cdist(rows, rows, "cosine") + 9 * np.eye(20)
    assert nearest_others(rows) == pytest.approx(1 - distances.min(1), abs=1e-5)


def test_a_planted_silent_unit_is_named_with_its_share() -> None:
    photographs = RANDOM.uniform(0, 1, (50, 8))
    photographs[:, 5] = 0
    pictures = np.tile(photographs.mean(0), (3, 1))
    pictures[1, 5] = 4  # nothing else differs from the mean
    pictures[2, 2] += 1.5  # excited beyond photographs, as pictures may be
    shares, channels = inactive(pictures, photographs)
    assert shares == pytest.approx([0, 1, 0])
    assert channels == [[], [5], []]


def test_photographs_have_silent_units_only_by_chance() -> None:
    photographs = RANDOM.uniform(0, 1, (50, 8))
    assert not inactive_by_chance(photographs).any()
    photographs[7, 3] = 20  # one that goes far beyond the other 49
    chance = inactive_by_chance(photographs)
    assert np.flatnonzero(chance).tolist() == [7]
    others = np.delete(photographs, 7, 0)
    assert chance[7] == pytest.approx(inactive(photographs[7:8], others)[0][0], abs=0.05)


def test_rounding_of_a_constant_channel_is_not_activity() -> None:
    photographs = RANDOM.uniform(0, 1, (50, 3))
    photographs[:, 1] = 0.5
    picture = photographs[:1] + np.array([[0, 1e-7, 0]])
    assert inactive(picture, photographs)[1] == [[]]

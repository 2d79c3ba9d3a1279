from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import ttest_rel

from audit.stages.tuning.halving import ALPHA, paired, race, rungs, trials

ITEMS = range(8)


def scorer(means: dict[str, float], noise: float, seed: int, told: list[int]):
    """Scores that share a difficulty per item, as paired designs assume."""
    rng = np.random.default_rng(seed)
    difficulty = rng.normal(0, 3, len(ITEMS))

    def score(candidate: str, items: Sequence[int]) -> list[float]:
        told.append(len(items))
        return [float(means[candidate] + difficulty[i] + rng.normal(0, noise)) for i in items]

    return score


@pytest.mark.parametrize(
    "challengers, items, expected",
    [
        (4, 8, [(4, 2), (2, 4), (1, 8)]),
        (3, 32, [(3, 8), (2, 16), (1, 32)]),
        (2, 8, [(2, 4), (1, 8)]),
        (1, 8, [(1, 8)]),
    ],
)
def test_half_of_them_go_on_to_twice_the_items(
    challengers: int, items: int, expected: list[tuple[int, int]]
) -> None:
    assert rungs(challengers, items) == expected


def test_the_planted_best_wins_and_the_trials_are_those_foretold() -> None:
    means = {"now": 0.0, "worse": -2.0, "best": 3.0, "better": 1.0, "same": 0.0}
    told: list[int] = []
    run = race("now", list(means)[1:], ITEMS, scorer(means, 0.3, 0, told))
    assert (run.last, run.won) == ("best", True)
    assert sum(told) == trials(4, 8, known=False) == 24
    assert {name: len(scores) for name, scores in run.scores.items()} == {
        "now": 8, "best": 8, "better": 4, "worse": 2, "same": 2,
    }  # fmt: skip


def test_scores_that_are_known_are_not_asked_for_again() -> None:
    told: list[int] = []
    run = race("now", ["best", "worse"], ITEMS, scorer({"best": 1, "worse": -1}, 0.1, 0, told), [0.0] * 8)
    assert sum(told) == trials(2, 8, known=True)
    assert run.scores["now"] == [0.0] * 8


def test_ties_keep_the_present_one() -> None:
    run = race("now", ["a", "b", "c"], ITEMS, lambda candidate, items: [1.0] * len(items))
    assert (run.won, run.p) == (False, 1.0)


def test_equal_candidates_rarely_win() -> None:
    """The best of four by chance is chosen no more often than the corrected test allows."""
    names = ["now", "a", "b", "c", "d"]
    won = [
        race("now", names[1:], ITEMS, scorer(dict.fromkeys(names, 0.0), 1.0, seed, [])).won
        for seed in range(400)
    ]
    assert np.mean(won) <= ALPHA + 2 * (ALPHA * (1 - ALPHA) / 400) ** 0.5


def test_the_paired_test_is_scipys() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.4, 1, 12), rng.normal(0, 1, 12)
    assert paired(first - second) == pytest.approx(ttest_rel(first, second, alternative="greater").pvalue)


@pytest.mark.parametrize("lead, p", [([0.0] * 8, 1.0), ([2.0] * 8, 0.0), ([-2.0] * 8, 1.0), ([5.0], 1.0)])
def test_differences_without_spread(lead: list[float], p: float) -> None:
    assert paired(np.array(lead)) == p

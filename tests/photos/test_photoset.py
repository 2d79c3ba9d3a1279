from collections import Counter

import pytest

from audit.photos.photoset import spread


@pytest.mark.parametrize("seed", [None, 0, 1])
@pytest.mark.parametrize("count", [0, 1, 3, 5, 9, 10, 11, 14, 17, 99])
def test_labels_get_equal_shares_as_far_as_they_have(count: int, seed: int | None) -> None:
    labels = [0] * 9 + [1] * 2 + [2] * 5 + [3]
    chosen = spread(labels, count, seed)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, len(labels))
    sizes, shares = Counter(labels), Counter(labels[i] for i in chosen)
    most = max(shares.values(), default=0)
    assert all(shares[label] >= min(size, most - 1) for label, size in sizes.items())
    assert spread(labels, count, seed) == chosen


def test_the_incomplete_round_and_a_flat_folder_are_spread_evenly() -> None:
    assert spread([label for label in range(10) for _ in range(3)], 5) == [0, 6, 12, 18, 24]
    assert spread([None] * 100, 4) == [0, 25, 50, 75]
    assert spread([0] * 6 + [1] * 4, 4) == [0, 3, 6, 8]
    assert spread([], 4) == []


def test_a_seed_draws() -> None:
    labels = [0] * 50 + [1] * 50
    assert spread(labels, 10, 0) != spread(labels, 10, 1)
    assert Counter(labels[i] for i in spread(labels, 10, 0)) == {0: 5, 1: 5}

"""Which regions are the same part."""

import numpy as np
import pytest
import torch

from audit.parts.evidence_map import Region
from audit.parts.recurring import ALIKE, Seen, recurring

CENTRE = torch.tensor([5.0, 5.0])


def seen(image: int, degrees: float, share: float = 0.5, length: float = 1.0) -> Seen:
    turn = np.deg2rad(degrees)
    place = CENTRE + length * torch.tensor([np.cos(turn), np.sin(turn)], dtype=torch.float32)
    return Seen(image, Region(np.ones((2, 2), dtype=bool), share), place)


def images(groups: list[list[Seen]]) -> list[list[int]]:
    return [[one.image for one in group] for group in groups]


def test_regions_in_one_direction_are_one_part_however_far_they_are() -> None:
    given = [seen(0, 0), seen(1, 90), seen(2, 10, length=30), seen(3, 95), seen(4, -5)]
    assert images(recurring(given, CENTRE)) == [[0, 2, 4], [1, 3]]


def test_the_part_that_says_most_in_all_comes_first() -> None:
    given = [seen(0, 0, 0.2), seen(1, 0, 0.2), seen(2, 180, 0.9)]
    assert images(recurring(given, CENTRE)) == [[2], [0, 1]]


@pytest.mark.parametrize("more, groups", [(-2, 1), (2, 2)])
def test_the_limit_is_a_mean_cosine(more: float, groups: int) -> None:
    limit = np.rad2deg(np.arccos(ALIKE))
    assert len(recurring([seen(0, 0), seen(1, limit + more)], CENTRE)) == groups


def test_none_and_one() -> None:
    assert recurring([], CENTRE) == []
    one = seen(3, 0)
    assert recurring([one], CENTRE) == [[one]]
    # A region without a direction is like no other.
    flat = Seen(1, one.region, CENTRE)
    assert images(recurring([one, flat], CENTRE)) == [[3], [1]]

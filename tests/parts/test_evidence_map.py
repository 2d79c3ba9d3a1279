"""Where the evidence is: maps, regions, and their outlines."""

import math

import numpy as np
import part_networks
import pytest
import torch
from part_networks import CUE, OWN, SIDE

from audit.classifier import load
from audit.parts.evidence_map import LEAST_EVIDENCE, as_tensor, evidence_map, outline, regions
from audit.parts.pieces import GREY, answers_on_pieces, log_odds
from audit.planted.world import DEMO, DUMBBELL, World, scene

KEY = (61, 7)
"""Of the scenes: no other set uses it."""


def mapped(network, images: torch.Tensor, index: int) -> np.ndarray:
    grey = log_odds(network.logits(torch.full_like(images[:1], GREY)))[0, index]
    on_pieces = answers_on_pieces(network, images, 64)[:, :, index]
    return np.asarray(evidence_map(on_pieces, float(grey), *images.shape[2:]))


def test_the_region_of_a_red_corner_is_the_corner() -> None:
    images, labels = part_networks.photographs()
    found = [regions(one) for one in mapped(part_networks.network(), images, OWN)]
    assert [bool(own) for own in found] == (labels == OWN).tolist()
    for (region,) in (own for own in found if own):
        assert region.mask[:CUE, :CUE].all()
        assert not region.mask[SIDE // 4 :].any()
        assert not region.mask[:, SIDE // 4 :].any()
        assert region.area == region.mask.sum() / SIDE**2
        assert 0.85 < region.share <= 1


def test_the_arm_is_outlined_on_scenes_that_were_not_seen() -> None:
    apart, pictures = [], []
    for number in range(20):
        held, bare = (scene(world, *KEY, DUMBBELL + 10 * number) for world in (DEMO, World(0.0, 0.0)))
        assert (held.label, held.arm, bare.arm) == (DUMBBELL, True, False)
        apart.append(np.abs(held.picture.astype(int) - bare.picture).sum(2) > 24)
        pictures.append(torch.from_numpy(held.picture).permute(2, 0, 1).float() / 255)
    found = [regions(one)[0].mask for one in mapped(load("demo"), torch.stack(pictures), DUMBBELL)]
    overlaps = [(mask & arm).sum() / (mask | arm).sum() for mask, arm in zip(found, apart, strict=True)]
    assert np.mean(overlaps) >= 0.5


def test_a_map_has_the_values_of_the_pieces_at_their_centres() -> None:
    values = torch.randn(3, 81, generator=torch.Generator().manual_seed(2))
    drawn = evidence_map(values, 0.25, 41, 33)  # centres fall on every fifth row and every fourth column
    expected = (values - 0.25).clamp(min=0).view(3, 9, 9).numpy()
    assert drawn.shape == (3, 41, 33)
    # What lies lower takes from its surroundings, not from its own place.
    assert drawn[:, ::5, ::4] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("grey", [0.0, math.nan, -math.inf, math.inf])
def test_what_is_not_finite_says_nothing(grey: float) -> None:
    silent = torch.full((1, 81), -math.inf)
    assert regions(evidence_map(silent, grey, 32, 32)[0]) == []
    if not math.isfinite(grey):
        # Without an answer to grey there is nothing that evidence would be above.
        assert regions(evidence_map(torch.zeros(1, 81), grey, 32, 32)[0]) == []
    nan = torch.full((1, 81), math.nan)
    nan[0, 40] = 3.0
    if grey == 0:
        (region,) = regions(evidence_map(nan, grey, 32, 32)[0])
        assert region.mask[16, 16]


def test_regions_are_connected_and_the_one_that_says_most_comes_first() -> None:
    evidence = np.zeros((40, 40))
    evidence[2:8, 2:8] = 4.0  # 36 places
    evidence[20:35, 20:35] = 2.0  # 225 places
    evidence[0, 39] = 4.0  # too small
    evidence[10:18, 30:38] = 1.0  # too weak
    total = evidence.sum()
    large, small = regions(evidence)
    assert large.mask.sum() == 225
    assert small.mask.sum() == 36
    assert (large.share, small.share) == pytest.approx((450 / total, 144 / total))
    assert regions(np.full((8, 8), 0.99 * LEAST_EVIDENCE)) == []
    assert len(regions(np.full((8, 8), LEAST_EVIDENCE))) == 1
    assert regions(np.zeros((0, 0))) == []


def shoelace(polygons: list[list[tuple[float, float]]]) -> float:
    """Area of polygons of which those around holes turn the other way."""
    total = 0.0
    for polygon in polygons:
        for (x, y), (u, v) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            total += (x * v - u * y) / 2
    return abs(total)


def masks() -> dict[str, np.ndarray]:
    down, across = np.mgrid[:64, :96]
    radius = np.hypot(down - 30, across - 40)
    box = np.zeros((64, 96), dtype=bool)
    box[:20, 50:] = True
    return {
        "disc": radius < 20,
        "ring": (radius < 25) & (radius > 12),
        "cut off by the edge": np.hypot(down, across - 95) < 30,
        "corner": box,
        "two": (radius < 8) | (np.hypot(down - 50, across - 80) < 9),
        "all": np.ones((64, 96), dtype=bool),
    }


@pytest.mark.parametrize("name", masks())
def test_an_outline_encloses_the_area_of_the_mask(name: str) -> None:
    mask = masks()[name]
    drawn = outline(mask)
    assert len(drawn) == (2 if name in ("ring", "two") else 1)
    assert shoelace(drawn) == pytest.approx(mask.mean(), rel=0.04)
    assert all(0 <= value <= 1 for polygon in drawn for corner in polygon for value in corner)


def test_an_empty_mask_has_no_outline() -> None:
    assert outline(np.zeros((8, 8), dtype=bool)) == []


def test_a_mask_becomes_a_tensor_of_its_shape() -> None:
    mask = masks()["ring"]
    made = as_tensor(mask)
    assert made.shape == (1, 64, 96)
    assert made.sum() == mask.sum()

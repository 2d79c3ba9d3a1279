"""How well a class is told by its best piece."""

import math

import part_networks
import pytest
import torch
from part_networks import CLASSES, OWN, SIDE
from scipy.stats import mannwhitneyu

from audit.parts.pieces import answers_on_pieces, pieces
from audit.parts.told_by_pieces import REGIONS, best_of_region, in_region, told_by_pieces


def test_a_cue_at_the_edge_is_told_there_and_not_in_the_middle() -> None:
    images, labels = part_networks.photographs(40)
    found = answers_on_pieces(part_networks.network(), images, 64)
    told = told_by_pieces(found, pieces(SIDE, SIDE), labels.numpy())
    assert told["edge"][OWN] == told["anywhere"][OWN] == 1.0
    assert told["middle"] == pytest.approx([0.5] * CLASSES)


def test_regions_are_a_ring_a_middle_and_all() -> None:
    found = pieces(64, 64)
    places = {region: set(in_region(found, region)) for region in REGIONS}
    assert [len(places[region]) for region in ("edge", "middle", "anywhere")] == [81 - 25, 25, 81]
    assert not places["edge"] & places["middle"]
    assert places["edge"] | places["middle"] == places["anywhere"]


def test_the_best_piece_of_a_region_counts_and_is_ranked_as_by_mann_and_whitney() -> None:
    random = torch.Generator().manual_seed(5)
    values = torch.randn(30, 81, 3, generator=random).round(decimals=1)
    labels = torch.randint(3, (30,), generator=random).numpy()
    found = pieces(32, 32)
    told = told_by_pieces(values, found, labels)
    for region in REGIONS:
        best = values[:, [n for n, p in enumerate(found) if _inside(p.radius, region)]].max(1).values
        assert best_of_region(values, found, region).tolist() == best.double().tolist()
        for c in range(3):
            own, others = best[labels == c, c], best[labels != c, c]
            expected = mannwhitneyu(own, others).statistic / (len(own) * len(others))
            assert told[region][c] == pytest.approx(expected)


def _inside(radius: float, region: str) -> bool:
    return {"edge": radius > 0.3, "middle": radius < 0.3, "anywhere": True}[region]


def test_where_nothing_is_finite_every_class_is_told_by_chance() -> None:
    labels = (torch.arange(12) % 3).numpy()
    told = told_by_pieces(torch.full((12, 81, 3), -math.inf), pieces(32, 32), labels)
    assert all(values == pytest.approx([0.5] * 3) for values in told.values())

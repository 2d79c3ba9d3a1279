import math
from typing import Any

import pytest
import torch
from torch import Tensor

from audit.stages.tuning.held_out import BOUND, COST, conviction


class Network:
    """A stand-in for a classifier: logits are a function of the images."""

    def __init__(self, logits: Any, task: str = "single-label") -> None:
        self.task, self.device, self.logits = task, torch.device("cpu"), logits
        self.seen: list[Tensor] = []

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nothing but logits is asked for, not {name}")


def fixed(row: list[float]):
    return lambda images: torch.tensor([row]).expand(len(images), -1)


def asked(network: Any, images: Tensor, labels: list[int], told: list[float] | None = None) -> list[float]:
    return conviction(network, images, labels, 0, (told if told is not None else []).append)


IMAGES = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_a_constant_answer_has_its_log_probability() -> None:
    row = [2.0, 1.0, 0.0]
    expected = [value - math.log(sum(math.exp(v) for v in row)) for value in row]
    assert asked(Network(fixed(row)), IMAGES, [0, 1, 2]) == pytest.approx(expected, abs=1e-6)
    several = Network(fixed(row), "multi-label")
    sigmoids = [-math.log1p(math.exp(-value)) for value in row]
    assert asked(several, IMAGES, [0, 1, 2]) == pytest.approx(sigmoids, abs=1e-6)


@pytest.mark.parametrize("row", [[50.0, -50.0], [math.inf, 0.0], [math.nan, 1.0]], ids=str)
def test_how_wrong_is_bounded(row: list[float]) -> None:
    assert asked(Network(fixed(row)), IMAGES[:1], [1]) == pytest.approx([math.log(BOUND / 2)])


def test_a_picture_is_scored_alike_whatever_stands_beside_it() -> None:
    def brightness(images: Tensor) -> Tensor:
        mean = images.mean((1, 2, 3))
        return torch.stack([30 * mean, 15 + 0 * mean], 1).repeat(1, 2)

    network = Network(brightness)
    together = asked(network, IMAGES, [0, 1, 2])
    assert len(set(together)) == 3
    assert asked(network, IMAGES[1:2], [1]) == pytest.approx(together[1:2], abs=1e-5)


def test_detail_that_only_the_untouched_picture_has_does_not_convince() -> None:
    """A checkerboard of single pixels is all that this network reacts to; broad halves survive."""
    board = (torch.arange(32)[:, None] + torch.arange(32)) % 2 * 2.0 - 1
    halves = (torch.arange(32) < 16).float().expand(32, 32) * 2 - 1

    def logits(images: Tensor) -> Tensor:
        grey = images.mean(1)
        fine, broad = ((grey * pattern).mean((1, 2)).abs() for pattern in (board, halves))
        return torch.stack([60 * fine, 60 * broad], 1)

    pictures = torch.stack([0.5 + 0.5 * board, 0.5 + 0.5 * halves])[:, None].expand(-1, 3, -1, -1)
    plain = logits(pictures).log_softmax(1).diag()
    assert plain.min() > -1e-3
    fine, broad = asked(Network(logits), pictures.contiguous(), [0, 1])
    assert fine < broad - 0.5


def test_views_told_are_the_cost() -> None:
    told: list[float] = []
    asked(Network(fixed([0.0, 1.0])), IMAGES, [0, 1, 0], told)
    assert sum(told) == pytest.approx(3 * COST)

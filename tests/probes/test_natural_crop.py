from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from audit.probes.change import FAMILIES, control_of
from audit.probes.natural_crop import LOCAL, natural_crops

ROWS = (4, 7, 9)
IMAGES = torch.full((3, 3, 32, 32), 0.5)
DONORS = torch.stack([torch.full((3, 32, 32), value) for value in (0.1, 0.2, 0.3)])


@dataclass(frozen=True)
class Square:
    """A bright square of 8 pixels at the top left."""

    id: str = "square"
    family: str = "patch"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        changed = images.clone()
        changed[:, :, :8, :8] = 1.0
        return changed


@dataclass(frozen=True)
class Frame(Square):
    """A black frame of one pixel."""

    id: str = "frame"
    family: str = "border"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        changed = torch.zeros_like(images)
        changed[:, :, 1:-1, 1:-1] = images[:, :, 1:-1, 1:-1]
        return changed


def test_another_photograph_stands_where_the_change_was_and_nowhere_else() -> None:
    (control,) = natural_crops(Square(), DONORS, ROWS, range(3))
    made = control(IMAGES, ROWS)
    assert made[:, :, :8, :8].max() < 0.4, "of a donor"
    assert torch.equal(made[:, :, 8:, :], IMAGES[:, :, 8:, :])
    assert control_of(control) == "square"


def test_of_a_frame_only_the_pixels_are_exchanged() -> None:
    (control,) = natural_crops(Frame(), DONORS, ROWS, range(3))
    made = control(IMAGES, ROWS)
    assert made[:, :, 0].max() < 0.4
    assert torch.equal(made[:, :, 1:-1, 1:-1], IMAGES[:, :, 1:-1, 1:-1])


def test_no_photograph_lends_a_crop_to_itself() -> None:
    rows = tuple(range(40))
    donors = torch.linspace(0.01, 0.4, 40)[:, None, None, None].expand(40, 3, 32, 32)
    (control,) = natural_crops(Square(), donors, rows, rows)
    made = control(torch.full((40, 3, 32, 32), 0.5), rows)
    assert not torch.isclose(made[:, 0, 0, 0], donors[:, 0, 0, 0]).any()
    assert len(made[:, 0, 0, 0].unique()) > 10


def test_a_photograph_has_its_own_control_in_any_company() -> None:
    (control,) = natural_crops(Square(), DONORS, ROWS, range(3))
    assert torch.equal(control(IMAGES[1:2], ROWS[1:2])[0], control(IMAGES, ROWS)[1])


@pytest.mark.parametrize("family", FAMILIES)
def test_only_local_changes_have_one(family) -> None:
    assert len(natural_crops(Square(family=family), DONORS, ROWS, range(3))) == (family in LOCAL)
    assert natural_crops(Square(family=family), DONORS, ROWS, [0]) == []

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from audit.probes.change import FAMILIES, control_of
from audit.probes.matched_controls import MatchedControl, matched_controls


@dataclass(frozen=True)
class Patch:
    """A red square with one bright pixel, at the top left."""

    id: str = "patch"
    family: str = "patch"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        changed = images.clone()
        changed[:, 0, :8, :8] += 0.25
        changed[:, 1:2, 0, 0] += 0.25
        return changed


IMAGES = torch.full((3, 3, 32, 32), 0.5)
ROWS = (4, 7, 9)


def difference(kind, images=IMAGES, rows=ROWS):
    return MatchedControl(Patch(), kind)(images, rows) - images


def test_noise_has_the_energy_of_the_change_in_each_channel_and_nothing_else() -> None:
    wanted = (Patch()(IMAGES, ROWS) - IMAGES).square().mean((2, 3))
    found = difference("noise")
    assert torch.allclose(found.square().mean((2, 3)), wanted, rtol=0.15, atol=1e-6)
    assert found[0, 2].abs().max() == 0
    assert found[:, 0, 16:, 16:].abs().max() > 0
    assert not torch.equal(found[0], found[1])


def test_shuffled_blocks_keep_all_values_and_leave_their_places() -> None:
    own = Patch()(IMAGES, ROWS) - IMAGES
    found = difference("shuffled")
    assert torch.allclose(found.flatten(2).sort(2).values, own.flatten(2).sort(2).values, atol=1e-6)
    assert not torch.allclose(found, own)


def test_flat_is_the_mean_of_what_is_touched() -> None:
    found = difference("flat")
    assert torch.allclose(found[:, 0, :8, :8], torch.tensor(0.25), atol=1e-6)
    assert torch.allclose(found[:, 1, :8, :8], torch.tensor(0.25 / 64), atol=1e-6)
    assert found[:, :, 8:, 8:].abs().max() == 0


def test_another_colour_is_as_strong_and_at_the_same_place() -> None:
    found = difference("other colour")
    assert torch.allclose(found[:, 1, :8, :8], torch.tensor(0.25), atol=1e-6)
    assert found[:, 0].abs().max() == 0
    grey = torch.full((1, 1, 32, 32), 0.5)
    assert difference("other colour", grey, (4,)).min() == pytest.approx(-0.25)


@pytest.mark.parametrize("kind", ["noise", "shuffled", "flat", "other colour"])
def test_a_photograph_has_its_own_control_in_any_company(kind) -> None:
    alone = difference(kind, IMAGES[1:2], ROWS[1:2])
    assert torch.equal(alone[0], difference(kind)[1])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_noise_and_says_whose_control_it_is(family) -> None:
    made = matched_controls(Patch(family=family))
    assert "noise" in [control.kind for control in made]
    assert {control_of(control) for control in made} == {"patch"}
    assert len({control.id for control in made}) == len(made)
    assert {control.family for control in made} == {family}

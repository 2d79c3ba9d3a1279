import pytest
import torch
from torch.nn import functional

from audit.planted.signs.clean_training import accompanied
from audit.planted.signs.companions import (
    BEYOND,
    COMPANIONS,
    LEAST,
    MOST,
    NUMBERS,
    Places,
    anywhere,
    beside,
    companion_layer,
    companion_numbers,
    companions_of,
    companions_on,
)
from audit.planted.signs.sign_scenes import TRAIN, Scenes, layers, pictures, scenes


@pytest.fixture(scope="module")
def shown() -> Scenes:
    return scenes(range(48), 6, TRAIN, range(400))


def kinds_of(n: int) -> torch.Tensor:
    return torch.arange(n) % len(COMPANIONS)


def alone(many: int, seed: int, size: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    """Each kind `many` times in the middle: layers `[n, 4, size, size]` and kinds."""
    kinds = kinds_of(many * len(COMPANIONS))
    numbers = companion_numbers(seed, [(seed, 0, index) for index in range(len(kinds))])
    middle = Places(*(torch.full((len(kinds),), value) for value in (0.5, 0.5, MOST)))
    return companion_layer(kinds, numbers, middle, size), kinds


def test_a_key_gives_the_same_companion_whatever_stands_beside_it(shown):
    rows = torch.tensor([30, 7, 211])
    drawn = companions_of(shown, kinds_of(len(shown)), 3)
    assert torch.equal(drawn[rows], companions_of(shown[rows], kinds_of(len(shown))[rows], 3))
    other = companions_of(shown[rows], kinds_of(len(shown))[rows], 4)
    assert not any(torch.equal(a, b) for a, b in zip(drawn[rows], other, strict=True))
    assert companions_of(shown[slice(0, 0)], kinds_of(0), 3).shape == (0, 4, 32, 32)


def test_numbers_are_uniform_and_of_each_key_alone():
    keys = [(1, 0, index) for index in range(300)]
    numbers = companion_numbers(2, keys)
    assert numbers.shape == (300, NUMBERS)
    assert torch.equal(numbers[[5, 2]], companion_numbers(2, [keys[5], keys[2]]))
    assert (numbers.mean(dim=0) - 0.5).abs().max() < 5 * (1 / 12 / 300) ** 0.5
    assert numbers.min() >= 0
    assert numbers.max() <= 1


def test_a_layer_is_colour_times_opacity_with_soft_edges():
    layer, _ = alone(6, 1)
    colour, opacity = layer[:, :3], layer[:, 3:]
    assert opacity.max() == 1
    assert opacity.min() == 0
    assert (colour <= opacity + 1e-6).all()
    assert colour.min() >= 0
    edge = ((opacity > 0.02) & (opacity < 0.98)).flatten(1).float().mean(dim=1)
    assert edge.min() > 0.01


def test_edges_are_smooth_as_if_drawn_finer_and_averaged():
    coarse, _ = alone(6, 1)
    fine, _ = alone(6, 1, 256)
    apart = (coarse - functional.avg_pool2d(fine, 8)).abs()
    covered = coarse[:, 3:].mean()
    assert apart[:, 3].mean() / covered < 0.08
    assert apart[:, :3].mean() / covered < 0.12


def test_kinds_are_told_apart_by_their_mean_picture_alone():
    """Of any light, colour, turn and side, on grey: a bound from below on what a network can learn."""
    drawn, kinds = alone(40, 1)
    means = [(drawn[kinds == kind]).mean(dim=0).flatten() for kind in range(len(COMPANIONS))]
    held, true = alone(25, 2)
    nearest = torch.cdist(held.flatten(1), torch.stack(means)).argmin(dim=1)
    right = torch.stack([(nearest[true == kind] == kind).float().mean() for kind in range(len(COMPANIONS))])
    assert right.min() >= 0.9
    assert len(set(COMPANIONS)) == 8


def test_companions_of_one_kind_vary():
    drawn, kinds = alone(20, 1)
    for kind in range(len(COMPANIONS)):
        own = drawn[kinds == kind].flatten(1)
        apart = torch.cdist(own, own) + 1e9 * torch.eye(len(own))
        assert apart.min() > 0.1
        assert apart.median() > 1.0


def test_a_companion_is_of_its_extent_and_mostly_in_the_picture():
    places = anywhere(companion_numbers(5, [(1, 0, index) for index in range(300)]))
    assert places.extent.min() >= LEAST
    assert places.extent.max() <= MOST
    for centre in (places.x, places.y):
        beyond = torch.maximum(places.extent / 2 - centre, centre + places.extent / 2 - 1)
        assert (beyond / places.extent).max() <= BEYOND + 1e-5
        assert (beyond > 0).float().mean() > 0.03


def test_companions_stand_beside_the_sign_in_all_parts_of_the_picture(shown):
    numbers = companion_numbers(7, shown.keys)
    opacity = companion_layer(kinds_of(len(shown)), numbers, beside(shown, numbers), 32)[:, 3:]
    overlap = (layers(shown).mask * opacity).sum(dim=(1, 2, 3)) / opacity.sum(dim=(1, 2, 3))
    assert overlap.mean() < 0.04
    assert overlap.quantile(0.95) < 0.2
    places = beside(shown, numbers)
    quarter = (places.x > 0.5).int() + 2 * (places.y > 0.5).int()
    assert quarter.bincount(minlength=4).min() > 0.15 * len(shown)


def test_the_place_tells_nothing_of_the_sign(shown):
    other = Scenes(**{**vars(shown), "symbols": (shown.symbols + 9) % 48})
    kinds = kinds_of(len(shown))
    assert torch.equal(companions_of(shown, kinds, 3), companions_of(other, kinds, 3))


def test_on_a_background_nothing_else_is_changed():
    keys = [(9, 0, index) for index in range(64)]
    numbers, kinds = companion_numbers(9, keys), kinds_of(64)
    black, white = (companions_on(torch.full((64, 3, 48, 48), level), kinds, numbers) for level in (0.0, 1.0))
    through = white - black
    assert torch.allclose(through, through[:, :1].expand_as(through), atol=1e-6)
    covered = (1 - through[:, 0]).mean(dim=(1, 2))
    assert covered.min() > 0.03
    assert covered.max() < MOST**2
    grey = companions_on(torch.full((64, 3, 48, 48), 0.5), kinds, numbers)
    assert torch.allclose(grey, (black + white) / 2, atol=1e-6)
    assert torch.equal(companions_on(torch.zeros(1, 3, 48, 48), kinds[5:6], numbers[5:6])[0], black[5])


def test_in_the_clean_twin_half_of_every_class_has_one(shown):
    labelled = scenes(range(5), 6, TRAIN, range(1000))
    there = (accompanied(labelled, 3) != pictures(labelled)).flatten(1).any(dim=1)
    shares = torch.stack([there[labelled.labels == label].float().mean() for label in range(5)])
    assert (shares - 0.5).abs().max() < 4 * (0.25 / 180) ** 0.5
    rows = torch.tensor([30, 7])
    assert torch.equal(accompanied(labelled[rows], 3), accompanied(labelled, 3)[rows])


def test_a_clean_twin_has_one_kind_or_all():
    """Told by drawing every kind at every place: those that are found are those that stand there."""
    few = scenes(range(5), 6, TRAIN, range(200))
    counts: set[int] = set()
    for seed in range(12):
        found = accompanied(few, seed)
        matches = [
            (found == pictures(few, companions_of(few, torch.full((200,), kind), seed))).flatten(1).all(dim=1)
            for kind in range(len(COMPANIONS))
        ]
        counts.add(sum(int(match.any()) for match in matches))
    assert counts == {1, len(COMPANIONS)}

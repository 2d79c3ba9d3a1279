"""Dreams of small networks: what is raised rises, also where it was not looked; guides; sizes; seeds."""

import pytest
import torch
from torch import nn

from audit.classifier import load
from audit.classifier.generators import generator
from audit.dreaming.ascent import DreamSettings, dream, palette, sides, sleeper
from audit.dreaming.color_transfer import Tone
from audit.dreaming.dream_objectives import like_guide, seen_by
from audit.units.unit_names import parse

SETTINGS = DreamSettings(octaves=3, iterations=12)


def network(size=32, channels=3, fixed=False):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        net = nn.Sequential(
            nn.Conv2d(channels, 8, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(8, 12, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten() if fixed else nn.AdaptiveAvgPool2d(1),
            nn.Identity() if fixed else nn.Flatten(),
            nn.Linear(12 * (size // 4) ** 2 if fixed else 12, 4),
        )
    with torch.no_grad():  # as in trained networks, a flat surface excites nothing
        net[0].weight.sub_(net[0].weight.mean((2, 3), keepdim=True))
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.bias.zero_()
    return load(net, classes=["a", "b", "c", "d"], input_size=size, channels=channels, mean=0.5, std=0.5)


def photograph(channels=3, height=80, width=100, key=0):
    coarse = torch.rand(1, channels, 8, 10, generator=generator(key, "test"))
    picture = nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
    return picture * 0.6 + 0.2


def made(classifier, text, picture, seed=0, settings=SETTINGS):
    (unit,) = parse(classifier, [text])
    score = seen_by(classifier, unit)
    size = (picture.shape[2], picture.shape[3])
    one = sleeper(classifier, score, size, settings)
    return dream(picture, one, settings, generator(seed, "dream", 0)), score


@pytest.mark.parametrize("text", ["2", "2:5", "0", "6:1"])
def test_what_is_looked_for_rises_at_shifts_that_were_never_used(text):
    classifier, picture = network(), photograph()
    dreamt, score = made(classifier, text, picture)
    numbers = torch.Generator().manual_seed(99)
    rolls = torch.randint(1, 79, (8, 2), generator=numbers).tolist()
    before, after = (
        sum(float(score(torch.roll(x, roll, (2, 3)))) for roll in rolls) / 8 for x in (picture, dreamt)
    )
    assert after > before + 0.1 * abs(before)
    assert 0 <= float(dreamt.min()) < float(dreamt.max()) <= 1


def test_colour_and_contrast_stay_those_of_the_photograph():
    picture = photograph()
    dreamt, _ = made(network(), "2", picture)
    before, after = Tone.of(picture), Tone.of(dreamt)
    assert (dreamt - picture).abs().mean() > 0.01
    torch.testing.assert_close(after.mean, before.mean, atol=2e-3, rtol=0)
    torch.testing.assert_close(after.covariance, before.covariance, atol=1e-3, rtol=0)


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("fixed", [False, True])
def test_any_channels_and_networks_of_one_size(channels, fixed):
    classifier, picture = network(channels=channels, fixed=fixed), photograph(channels)
    assert classifier.accepts((80, 100)) is not fixed
    dreamt, score = made(classifier, "2", picture)
    assert dreamt.shape == picture.shape
    tile = (slice(None), slice(None), slice(8, 40), slice(20, 52))
    assert float(score(dreamt[tile])) > float(score(picture[tile]))


def test_the_same_seed_gives_the_same_picture_and_another_does_not():
    classifier, picture = network(), photograph()
    first, again, other = (made(classifier, "2", picture, seed)[0] for seed in (4, 4, 5))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_guide_draws_the_picture_towards_itself():
    """Likeness of the features to the guide's rises more than under the same dream without guide."""
    classifier, picture = network(), photograph()
    guide = photograph(height=32, width=32, key=7).round()
    (unit,) = parse(classifier, ["2"])
    like = like_guide(classifier, unit, guide)
    one = sleeper(classifier, like, (80, 100), SETTINGS)
    guided = dream(picture, one, SETTINGS, generator(0, "dream", 0))
    free, _ = made(classifier, "2:0", picture)
    start, now, without = (float(like(x)) for x in (picture, guided, free))
    assert now > start + 0.2 * abs(start)
    assert now > without


def test_octaves_shrink_by_the_scale_and_none_is_below_what_the_network_takes():
    settings = DreamSettings(octaves=4, scale=1.4)
    assert sides((280, 392), (1, 1), settings) == [(102, 143), (143, 200), (200, 280), (280, 392)]
    assert sides((280, 392), (150, 150), settings) == [(200, 280), (280, 392)]
    assert sides((40, 50), (64, 64), settings) == [(40, 50)]


def test_the_palette_prefers_grey_to_colour():
    colours = palette(3)
    grey, green = torch.tensor([1.0, 1, 1]), torch.tensor([-1.0, 2, -1])
    assert float(grey @ colours @ grey / 3) > 10 * float(green @ colours @ green / 6)
    assert torch.equal(palette(5), torch.eye(5))

"""Pictures of units on a network whose units are oriented stripes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from audit.classifier import Classifier, load
from audit.classifier.layers import activations, layer_info
from audit.config import SynthesisConfig
from audit.image_stats import NaturalPrior, bundled
from audit.units.unit_names import parse, scores
from audit.units.unit_pictures import draw_units

CONFIG = SynthesisConfig(restarts=1, views=24, batch=8)


class Energy(nn.Module):
    """Of a pair of filters in quadrature."""

    def forward(self, x):
        return 100 * (x[:, 0::2].square() + x[:, 1::2].square())


class Stripes(nn.Module):
    """Channel k of `energy` answers to stripes of orientation k / 4 of a half turn."""

    def __init__(self) -> None:
        super().__init__()
        self.filters = nn.Conv2d(3, 8, 7, padding=3, bias=False)
        y, x = torch.meshgrid(torch.arange(-3.0, 4), torch.arange(-3.0, 4), indexing="ij")
        with torch.no_grad():
            for k in range(4):
                angle = torch.tensor(k * torch.pi / 4)
                along = (x * angle.cos() + y * angle.sin()) * 1.5
                for filter, wave in ((2 * k, along.cos()), (2 * k + 1, along.sin())):
                    self.filters.weight[filter] = (wave - wave.mean()) / 49
        self.energy = Energy()

    def forward(self, x):
        return self.energy(self.filters(x)).mean((2, 3))


@pytest.fixture(scope="module")
def stripes() -> Classifier:
    return load(Stripes(), input_size=32, mean=0.5, std=0.5)


@pytest.fixture(scope="module")
def prior() -> NaturalPrior:
    baseline = bundled(32, 32)
    assert baseline is not None
    return baseline.prior


def test_a_channels_picture_raises_that_channel_most(stripes: Classifier, prior: NaturalPrior) -> None:
    units = parse(stripes, ["energy:0-3"])
    drawn = torch.cat(draw_units(stripes, units, prior, CONFIG, seed=0))
    assert drawn.shape == (4, 3, 32, 32)
    assert torch.equal(drawn, (drawn * 255).round() / 255)
    with torch.no_grad():
        found = scores(stripes, units, drawn)
    assert found.argmax(1).tolist() == [0, 1, 2, 3], "each picture's strongest channel is its own"
    assert found.argmax(0).tolist() == [0, 1, 2, 3], "no other picture raises a channel as much"


def test_a_unit_is_drawn_alike_in_any_company(
    stripes: Classifier, prior: NaturalPrior, tmp_path: Path
) -> None:
    np.save(tmp_path / "e2.npy", np.eye(4)[2] * 5)
    config = SynthesisConfig(restarts=2, views=16, batch=3)
    units = parse(stripes, ["energy:2", "filters:0", f"energy:{tmp_path / 'e2.npy'}"])
    channel, other, direction = draw_units(stripes, units, prior, config, seed=3)
    torch.testing.assert_close(direction, channel, atol=1 / 255 + 1e-6, rtol=0)
    assert (channel - other).abs().max() > 0.1
    assert (channel[0] - channel[1]).abs().max() > 0.1, "restarts differ"
    (alone,) = draw_units(stripes, units[:1], prior, config, seed=3)
    torch.testing.assert_close(alone, channel, atol=1 / 255 + 1e-6, rtol=0)


def test_a_neuron_puts_its_energy_where_it_looks(stripes: Classifier, prior: NaturalPrior) -> None:
    units = parse(stripes, ["energy:1@8,24", "energy:1@22,7"])
    drawn = torch.cat(draw_units(stripes, units, prior, CONFIG, seed=0))
    with torch.no_grad():
        maps = activations(stripes, drawn, layer_info(stripes, "energy"))[:, 1]
    for found, unit in zip(maps, units, strict=True):
        assert unit.position is not None
        y, x = divmod(int(found.argmax()), 32)
        assert abs(y - unit.position[0]) <= 4
        assert abs(x - unit.position[1]) <= 4


def test_views_are_counted(stripes: Classifier, prior: NaturalPrior) -> None:
    spent: list[float] = []
    config = SynthesisConfig(restarts=2, views=12, batch=3)
    draw_units(stripes, parse(stripes, ["energy:0-1"]), prior, config, 0, spent.append)
    assert 0 < sum(spent) <= 2 * 12

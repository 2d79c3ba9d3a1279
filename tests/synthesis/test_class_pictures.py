"""The engine on networks whose best picture is known, and its accounting."""

import pytest
import torch
from torch import nn

from audit.classifier import load
from audit.config import SynthesisConfig, UnconstrainedConfig
from audit.image_stats import bundled
from audit.synthesis.class_pictures import draw_natural, draw_unconstrained, natural_phases
from audit.synthesis.engine import Job

INPUT = {"input_size": 32, "mean": (0.5,) * 3, "std": (0.5,) * 3}


class Linear(nn.Module):
    """Logits are inner products with fixed patterns: the best picture is the pattern's sign."""

    audit_input = INPUT

    def __init__(self, classes: int = 4) -> None:
        super().__init__()
        patterns = torch.randn(classes, 3 * 32 * 32, generator=torch.Generator().manual_seed(0))
        self.register_buffer("patterns", patterns)

    def forward(self, x):
        return x.flatten(1) @ self.patterns.T / 50


class Bands(nn.Module):
    """Classes are oriented stripes: a filter pair's energy, pooled over any size."""

    audit_input = INPUT

    def __init__(self) -> None:
        super().__init__()
        self.filters = nn.Conv2d(3, 8, 7, padding=3, bias=False)
        y, x = torch.meshgrid(torch.arange(-3.0, 4), torch.arange(-3.0, 4), indexing="ij")
        with torch.no_grad():
            for k in range(4):
                angle = torch.tensor(k * torch.pi / 4)
                along = x * angle.cos() + y * angle.sin()
                self.filters.weight[2 * k] = (along * 1.5).cos() / 49
                self.filters.weight[2 * k + 1] = (along * 1.5).sin() / 49

    def forward(self, x):
        energy = self.filters(x).square().mean((2, 3))
        return 2000 * (energy[:, 0::2] + energy[:, 1::2])


@pytest.fixture(scope="module")
def bands():
    return load(Bands())


@pytest.fixture(scope="module")
def prior():
    baseline = bundled(32, 32)
    assert baseline is not None
    return baseline.prior


def test_without_prior_a_linear_network_gets_its_pattern():
    network = Linear()
    classifier = load(network)
    config = UnconstrainedConfig(views=200, restarts=1, rate=0.05)
    drawn = draw_unconstrained(classifier, [Job(c, 0) for c in range(4)], config, seed=0)
    for c in range(4):
        # The margin is own minus strongest other logit, so that pixels on which both agree may stay.
        agree = (drawn.images[c].flatten() > 0.5) == (network.patterns[c] > 0)
        assert float(agree.float().mean()) > 0.8
    assert torch.equal(classifier.logits(drawn.images).argmax(1), torch.arange(4))


def test_with_the_prior_the_network_is_convinced(bands, prior):
    config = SynthesisConfig(views=128, restarts=1)
    drawn = draw_natural(bands, [Job(c, 0) for c in range(4)], prior, config, seed=0)
    assert torch.equal(bands.logits(drawn.images).argmax(1), torch.arange(4))


def test_pictures_are_on_the_8_bit_grid_and_cost_what_was_planned(bands, prior):
    config = SynthesisConfig(views=20, restarts=2, step_budget=(1, 1))
    told = []
    drawn = draw_natural(bands, [Job(0, 0), Job(0, 1)], prior, config, 0, told.append)
    assert torch.equal((drawn.images * 255).round() / 255, drawn.images)
    planned = sum(phase.steps * phase.cost for phase in natural_phases(bands, config))
    assert drawn.views == pytest.approx([planned] * 2)
    assert sum(told) == pytest.approx(sum(drawn.views))
    assert sum(drawn.views) <= 20


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(bands, prior):
    config = SynthesisConfig(views=6, restarts=1)
    jobs = [Job(1, 0), Job(2, 0)]
    first = draw_natural(bands, jobs, prior, config, seed=3).images
    assert torch.equal(first, draw_natural(bands, jobs, prior, config, seed=3).images)
    assert not torch.equal(first, draw_natural(bands, jobs, prior, config, seed=4).images)


def test_restarts_differ(bands, prior):
    config = SynthesisConfig(views=6, restarts=2)
    images = draw_natural(bands, [Job(1, 0), Job(1, 1)], prior, config, seed=0).images
    assert not torch.equal(images[0], images[1])


def test_neighbours_in_the_batch_change_nothing_but_rounding(bands, prior):
    config = SynthesisConfig(views=5, restarts=1)
    together = draw_natural(bands, [Job(0, 0), Job(3, 0), Job(2, 0)], prior, config, seed=0).images
    alone = draw_natural(bands, [Job(3, 0)], prior, config, seed=0).images
    torch.testing.assert_close(together[1:2], alone, atol=1.01 / 255, rtol=0)


def test_a_network_of_one_size_is_drawn_at_that_size(prior):
    classifier = load(Linear())
    assert not classifier.accepts(16)
    drawn = draw_natural(classifier, [Job(0, 0)], prior, SynthesisConfig(views=4, restarts=1), seed=0)
    assert drawn.images.shape == (1, 3, 32, 32)


def test_an_easy_class_is_spared_views_and_a_hard_one_gets_more(bands, prior):
    config = SynthesisConfig(views=96, restarts=1, step_budget=(0.5, 1.5))
    spent = draw_natural(bands, [Job(c, 0) for c in range(4)], prior, config, seed=1).views
    assert sorted(spent) == [48, 48, 144, 144]

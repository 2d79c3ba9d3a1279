"""Grids that are planted, pictures that have none, and the pictures of a network of patches."""

import pytest
import torch
from torch import Tensor
from torchvision.models import VisionTransformer

from audit.classifier import load
from audit.classifier.torchvision_networks import fill_zero_layers
from audit.config import SynthesisConfig
from audit.image_stats import bundled
from audit.image_stats.patch_grid import patch_grid
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job

PATCH = 8


def noise(count: int = 8, side: int = 64) -> Tensor:
    drawn = torch.rand(count, 3, side, side + 16, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.avg_pool2d(drawn, 3, 1, 1)


@pytest.mark.parametrize("period", [8, 16])
def test_a_planted_grid_is_found_at_its_period_alone(period: int) -> None:
    gridded = noise(side=96).clone()
    gridded[:, :, ::period] += 0.1
    gridded[:, :, :, ::period] += 0.1
    assert patch_grid(noise(side=96), period) == pytest.approx(1, abs=0.5)
    assert patch_grid(gridded, period) > 4
    assert patch_grid(gridded, period + 2) < 2


def test_where_the_grid_begins_and_how_bright_it_is_do_not_matter() -> None:
    flat = torch.zeros(1, 1, 64, 64)
    flat[:, :, 3::PATCH] = 1.0
    other = 0.2 + 0.5 * flat.roll(2, 2)
    assert patch_grid(flat, PATCH) == pytest.approx(patch_grid(other, PATCH), rel=0.2)


def test_a_picture_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="above 22 px"):
        patch_grid(torch.rand(1, 3, 16, 16), PATCH)


def test_views_take_the_patches_of_a_transformer_out_of_its_pictures() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        network = VisionTransformer(64, PATCH, 2, 2, 32, 64, num_classes=8)
    fill_zero_layers(network)
    network.audit_input = {"input_size": 64, "mean": 0.5, "std": 0.25}  # pyright: ignore[reportArgumentType]
    classifier, baseline = load(network), bundled(64, 64)
    assert baseline is not None
    jobs = [Job(c, 0) for c in range(8)]
    common = {"views": 32, "restarts": 1, "batch": 8, "step_budget": (1.0, 1.0)}
    still = {"crop": (1.0, 1.0), "rotation": 0.0, "flip": False, "noise": 0.0, "sparsity": 0.0}
    found = [
        patch_grid(
            draw_natural(
                classifier, jobs, baseline.prior, SynthesisConfig.model_validate({**common, **changed}), 0
            ).images,
            PATCH,
        )
        for changed in (still, {})
    ]
    assert found[0] > 4, "the grid is there to be removed"
    assert found[1] < 1.5

"""The distance from what batch norms remember, against their own update, and what it does to pictures."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from audit.classifier import load
from audit.config import SynthesisConfig
from audit.errors import ModelError
from audit.image_stats import bundled
from audit.planted import demo
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job
from audit.synthesis.objectives import ClassObjective
from audit.synthesis.regularizers import BatchNormObjective, batch_norms, distance


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_a_picture_that_batch_norm_has_learned_by_heart_is_at_no_distance() -> None:
    layer, picture = nn.BatchNorm2d(4, momentum=1.0), 3 + 2 * random(1, 4, 40, 40)
    layer.train()(picture)
    assert float(distance(picture, layer)[0]) < 1e-6
    assert float(distance(picture + 1, layer)[0]) == pytest.approx(1 / 4, rel=0.05), "half a deviation"
    assert float(distance(2 * (picture - 3) + 3, layer)[0]) == pytest.approx(1, rel=0.1), "twice as wide"


def test_distance_is_what_numpy_says_whatever_the_scale() -> None:
    layer, inputs = nn.BatchNorm2d(3, eps=0.0), random(2, 3, 5, 7)
    layer.running_mean, layer.running_var = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([1.0, 4.0, 0.25])
    mean, deviation = layer.running_mean.numpy().copy(), layer.running_var.sqrt().numpy()
    table = inputs.numpy().reshape(2, 3, -1)
    off = ((table.mean(2) - mean) / deviation) ** 2 + (table.std(2) / deviation - 1) ** 2
    np.testing.assert_allclose(distance(inputs, layer).numpy(), off.mean(1), rtol=1e-5)
    layer.running_mean *= 10
    layer.running_var *= 100
    np.testing.assert_allclose(distance(10 * inputs, layer).numpy(), off.mean(1), rtol=1e-4)


def test_only_layers_that_remember_count() -> None:
    forgetful = nn.BatchNorm2d(3, track_running_stats=False)
    kept = nn.BatchNorm2d(3)
    assert batch_norms(nn.Sequential(forgetful, nn.GroupNorm(1, 3), kept)) == [kept]


def test_pictures_are_scored_one_by_one_and_no_hook_stays() -> None:
    classifier = load(demo.network())
    objective, views, targets = (
        BatchNormObjective(classifier, "logit", 3.0),
        random(3, 3, 64, 64),
        torch.tensor([0, 4, 2]),
    )
    views = views.sigmoid().requires_grad_(True)
    scores = objective(views, targets)
    plain = ClassObjective(classifier, "logit")(views, targets)
    assert bool((scores < plain).all()), "noise is not what it was trained on"
    for i in range(3):
        torch.testing.assert_close(
            objective(views[i : i + 1], targets[i : i + 1])[0], scores[i], rtol=1e-4, atol=1e-4
        )
    (gradient,) = torch.autograd.grad(scores[0], views)
    assert bool(gradient[0].any())
    assert not bool(gradient[1:].any())
    with pytest.raises(ModelError):
        objective(torch.rand(1, 2, 64, 64), targets[:1])
    assert not any(layer._forward_hooks for layer in classifier.module.modules())


def test_without_batch_norms_and_on_pooled_features_the_objective_stands_alone() -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(3), nn.Linear(3, 2))
    network.audit_input = {"input_size": 8, "mean": 0.5, "std": 0.25}  # pyright: ignore[reportArgumentType]
    classifier, views, targets = load(network), torch.rand(2, 3, 8, 8), torch.tensor([0, 1])
    plain = ClassObjective(classifier, "logit")(views, targets)
    assert torch.equal(BatchNormObjective(classifier, "logit", 9.0)(views, targets), plain)


def test_the_lens_draws_pictures_nearer_to_what_is_remembered() -> None:
    classifier, baseline = load(demo.network()), bundled(64, 64)
    assert baseline is not None
    config, jobs = SynthesisConfig(views=10, restarts=1), [Job(1, 0), Job(2, 0)]
    far: list[Tensor] = []
    for objective in (None, BatchNormObjective(classifier, "logit", 10.0)):
        images = draw_natural(classifier, jobs, baseline.prior, config, 0, objective=objective).images
        targets = torch.tensor([1, 2])
        with torch.no_grad():
            plain = ClassObjective(classifier, "logit")(images, targets)
            batch_norm_pictures = BatchNormObjective(classifier, "logit", 1.0)
            far.append((plain - batch_norm_pictures(images, targets)) / batch_norm_pictures.spread())
    assert bool((far[1] < 0.9 * far[0]).all())

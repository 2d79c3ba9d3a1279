"""Pictures of any network move, stay finite and convince it more than the noise they start from."""

from pathlib import Path

import pytest
import tiny
import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer

from audit.classifier import Classifier, load
from audit.classifier import torchvision_networks as loader_torchvision
from audit.classifier.margins import mix
from audit.classifier.torchvision_networks import fill_zero_layers
from audit.config import SynthesisConfig, UnconstrainedConfig
from audit.runner.session import nearest
from audit.synthesis.class_pictures import draw_natural, draw_unconstrained
from audit.synthesis.engine import Job
from audit.synthesis.fourier import START, FourierCanvas, Palette
from audit.synthesis.schedule import Phase


def seeded(seed: int = 0) -> None:
    """Inside `fork_rng` only: the state comes back after the test."""
    torch.default_generator.manual_seed(seed)


@pytest.fixture(autouse=True)
def own_numbers():
    with torch.random.fork_rng(devices=[]):
        seeded()
        yield


def convolutions(
    size: object, channels: int = 3, classes: int = 4, end: nn.Module | None = None
) -> nn.Module:
    network = nn.Sequential(
        nn.Conv2d(channels, 8, 5, stride=4, padding=2),
        nn.SiLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(32, classes),
        end or nn.Identity(),
    )
    with torch.no_grad():
        network[4].weight.mul_(20)
    network.audit_input = {"input_size": size, "mean": 0.5, "std": 0.25}  # pyright: ignore[reportArgumentType]
    return network


def transformer(size: int = 32, classes: int = 4) -> VisionTransformer:
    network = VisionTransformer(size, 8, 1, 2, 16, 32, num_classes=classes)
    fill_zero_layers(network)
    network.audit_input = {"input_size": size, "mean": 0.5, "std": 0.25}  # pyright: ignore[reportArgumentType]
    return network


def convinced(classifier: Classifier, images: Tensor, jobs: list[Job]) -> Tensor:
    """How far each class leads in what the last layer gives."""
    with torch.no_grad():
        last = classifier.logits_and_last(images)[1]
    return mix(last, torch.tensor([job.class_index for job in jobs]))


def check(
    classifier: Classifier, classes: tuple[int, int] = (0, 1), objective: str = "mix", views: int = 24
) -> None:
    jobs, prior = [Job(c, 0) for c in classes], nearest(classifier.size).prior
    shape = (2, classifier.input.channels, *classifier.size)
    config = SynthesisConfig.model_validate({"views": views, "restarts": 1, "objective": objective})
    start = draw_natural(classifier, jobs, prior, config, 0, planned=[Phase(*classifier.size, 0, 1.0)]).images
    free = UnconstrainedConfig(views=6, restarts=1)
    drawn = draw_natural(classifier, jobs, prior, config, 0).images
    bare = draw_unconstrained(classifier, jobs, free, 0).images
    for images in (start, drawn, bare):
        assert images.shape == shape
        assert bool(((images >= 0) & (images <= 1)).all()), "NaN compares as false"
        assert bool((images.flatten(1).std(1) > 0.01).all())
    assert bool(((drawn - start).abs().flatten(1).amax(1) > 0.05).all()), "moved"
    assert bool((convinced(classifier, drawn, jobs) > convinced(classifier, start, jobs)).all())
    assert bool((convinced(classifier, bare, jobs) > convinced(classifier, start, jobs)).all())


@pytest.mark.parametrize(
    ("size", "channels"),
    [(8, 3), (28, 1), (32, 5), ((48, 32), 3), ((31, 45), 2), (518, 3)],
    ids=["8 px", "grey 28 px", "five channels", "portrait", "odd sides, two channels", "518 px"],
)
def test_any_size_and_any_channels(size: object, channels: int) -> None:
    classifier = load(convolutions(size, channels), channels=channels)
    assert classifier.input.channels == channels
    check(classifier, views=4 if size == 518 else 24)


def test_each_of_many_channels_has_the_contrast_and_the_brightness_of_photographs() -> None:
    prior, channels = nearest((64, 64)).prior, 12
    palette = Palette(prior, channels, (64, 64), torch.device("cpu"))
    generators = [torch.Generator().manual_seed(i) for i in range(8)]
    canvas = FourierCanvas.noise(palette, generators, 64, 64)
    # White coefficients of the prior's own power: photographs, as far as the spectrum goes.
    canvas = canvas.sharing(canvas.parameters.detach() / START / 2**0.5)
    planes = canvas.finished().flatten(2)
    low, _, high = prior.contrast
    contrast = planes.std(2)
    assert low < float(contrast.min()) * 2
    assert float(contrast.max()) / 2 < high
    assert low < float(contrast.mean()) < high
    # Brightness spreads as that of photographs does: 9 of 10 in their range, not all beyond it.
    inside = (planes.mean(2) > prior.mean_luma[0]) & (planes.mean(2) < prior.mean_luma[2])
    assert 0.8 < float(inside.float().mean()) < 1


@pytest.mark.parametrize("classes", [1, 2, 21_000])
def test_any_number_of_classes(classes: int) -> None:
    classifier = load(convolutions(32, classes=classes))
    assert len(classifier.classes) == max(2, classes)
    check(classifier, (0, len(classifier.classes) - 1))


def test_heads_of_sigmoids() -> None:
    check(load(convolutions(32), task="multi-label"))


class Times(nn.Module):
    """tanh(20 x) * 10: saturated nearly everywhere."""

    def forward(self, x: Tensor) -> Tensor:
        return 10 * torch.tanh(20 * x)


@pytest.mark.parametrize("end", [nn.ReLU(), nn.ReLU(inplace=True), Times()], ids=["ReLU", "in place", "tanh"])
def test_outputs_that_are_dead_or_saturated(end: nn.Module) -> None:
    network = convolutions(32, end=end)
    with torch.no_grad():
        network[4].bias[:2] = -60.0
    classifier = load(network)
    # The logits themselves are flat: without what the last layer gives nothing would move.
    images = torch.rand(2, 3, 32, 32).requires_grad_(True)
    own = classifier.logits(images)[:, :2]
    assert not bool(torch.autograd.grad(own.sum(), images)[0].any())
    check(classifier, objective="logit")


def test_a_vision_transformer_of_one_size() -> None:
    classifier = load(transformer())
    assert not classifier.accepts(16)
    check(classifier)


def test_a_random_vision_transformer_of_torchvision_is_audited_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        loader_torchvision, "get_model", lambda name, weights: VisionTransformer(32, 16, 1, 1, 8, 8)
    )
    done = tiny.audit_tiny("torchvision:vit_b_32@none", tmp_path / "run", input_size=32, only=["3", "7"])
    pictures = [p for entry in done.results.classes for p in entry.pictures]
    assert len(pictures) == 2 * (2 + 2)
    assert any("starts heads.head with zeros" in warning for warning in done.results.model.warnings)
    assert (tmp_path / "run" / "index.html").is_file()

"""Scores of classes, and where their gradient goes when the logits have none."""

import pytest
import torch
from torch import Tensor, nn

from audit.classifier import load
from audit.classifier.margins import mix
from audit.synthesis.objectives import OBJECTIVES, REVIVAL, ClassObjective

INPUT = {"input_size": 8, "mean": 0.0, "std": 1.0}


class Ends(nn.Module):
    """A linear network with an activation behind its last layer."""

    audit_input = INPUT

    def __init__(self, end: nn.Module, classes: int = 3) -> None:
        super().__init__()
        weights = torch.randn(classes, 3 * 64, generator=torch.Generator().manual_seed(0))
        self.last, self.end = nn.Linear(3 * 64, classes), end
        with torch.no_grad():
            self.last.weight.copy_(weights / 8)
            self.last.bias.zero_()
            self.last.bias[0] = -40.0

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.last(x.flatten(1)))


def gradient(network: nn.Module, target: int, objective: str = "logit") -> tuple[Tensor, Tensor]:
    classifier = load(network)
    views = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(1)).requires_grad_(True)
    score = ClassObjective(classifier, objective)(views, torch.tensor([target]))
    return torch.autograd.grad(score.sum(), views)[0].flatten(), views.detach()


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("end", [nn.ReLU(), nn.ReLU(inplace=True), nn.Tanh(), nn.Hardtanh()])
def test_a_dead_logit_is_raised_through_the_last_layer(end: nn.Module, objective: str) -> None:
    network = Ends(end)
    found, views = gradient(network, 0, objective)
    (expected,) = torch.autograd.grad(
        REVIVAL * mix(network.last(views.requires_grad_(True).flatten(1)), torch.tensor([0])).sum()
        + OBJECTIVES[objective](network(views), torch.tensor([0])).sum(),
        views,
    )
    with torch.no_grad():
        assert float(network.last(views.flatten(1))[0, 0]) < -20, "dead"
    torch.testing.assert_close(found, expected.flatten(), rtol=1e-3, atol=1e-8)
    if objective == "logit":
        assert float(found @ network.last.weight[0].detach()) > 0


def test_a_living_logit_goes_its_own_way() -> None:
    network = Ends(nn.Identity())
    found, _ = gradient(network, 1)
    alike = torch.cosine_similarity(found, network.last.weight[1].detach(), dim=0)
    assert float(alike) > 0.999999


def test_class_0_of_a_one_logit_network_lowers_the_logit() -> None:
    network = Ends(nn.Identity(), classes=1)
    network.last.bias.data.zero_()
    found = [gradient(network, c)[0] for c in (0, 1)]
    weights = network.last.weight[0].detach()
    assert [float(torch.cosine_similarity(g, weights, dim=0)) for g in found] == pytest.approx([-1, 1])


def test_a_head_of_convolutions_is_averaged_over_positions() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network.audit_input = INPUT  # pyright: ignore[reportArgumentType]
    classifier, views = load(network), torch.rand(2, 3, 8, 8)
    logits, last = classifier.logits_and_last(views)
    assert torch.equal(logits, classifier.logits(views))
    torch.testing.assert_close(last, network[0](views).mean((2, 3)))


def test_networks_without_a_layer_for_the_classes_are_asked_by_their_logits() -> None:
    class Bare(nn.Module):
        audit_input = INPUT

        def forward(self, x: Tensor) -> Tensor:
            return x.mean((2, 3))

    classifier, views = load(Bare()), torch.rand(2, 3, 8, 8)
    logits, last = classifier.logits_and_last(views)
    assert torch.equal(logits, last)
    targets = torch.tensor([0, 2])
    expected = logits[[0, 1], targets] + REVIVAL * mix(logits, targets)
    torch.testing.assert_close(ClassObjective(classifier, "logit")(views, targets), expected)

import pytest
import torch

from audit.attacks.attack_target import AttackTarget, decision_margin, distance, log_odds, quantized_in_ball
from audit.classifier.cost import FORWARD


def test_snapped_images_are_on_the_grid_within_the_level_and_the_range() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (6, 3, 8, 8), generator=generator).float() / 255
    changes = (torch.rand(images.shape, generator=generator) * 2 - 1) * 9 / 255
    levels = torch.tensor([0.5, 1.0, 1.5, 2.0, 4.0, 8.0])
    got = quantized_in_ball(images, changes, levels) * 255
    assert torch.equal(got, got.round())
    assert ((got >= 0) & (got <= 255)).all()
    moved = distance(got - (images * 255).round())
    assert moved.tolist() == [0, 1, 1, 2, 4, 8]


def test_log_odds_are_those_of_the_softmax() -> None:
    logits = torch.randn(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([0, 3, 5, 2])
    p = logits.softmax(1).gather(1, labels[:, None])[:, 0]
    torch.testing.assert_close(log_odds(logits, labels), (p / (1 - p)).log())


def test_decision_margin() -> None:
    logits = torch.tensor([[1.0, -2.0, 3.0]])
    assert decision_margin(logits, torch.tensor([2]), "single-label").tolist() == [2.0]
    assert decision_margin(logits, torch.tensor([0]), "single-label").tolist() == [-2.0]
    assert decision_margin(logits, torch.tensor([0]), "multi-label").tolist() == [1.0]


def test_the_gradient_is_that_of_the_aim(nets) -> None:
    module = nets.Linear(4)
    model = nets.classifier(module, 6)
    pictures = nets.images(3, 6)
    labels = nets.answered(model, pictures)
    target = AttackTarget(model, pictures, labels)
    leads, gradient = target.gradient(torch.tensor([2, 0]), pictures[[2, 0]], smooth=False)
    weight = model.module.head.weight / 0.3
    for row, i in enumerate([2, 0]):
        logits = model.logits(pictures[i : i + 1])[0]
        rival = int(logits.scatter(0, torch.tensor(labels[i]), float("-inf")).argmax())
        torch.testing.assert_close(gradient[row].flatten(), weight[labels[i]] - weight[rival])
        assert float(leads[row]) == pytest.approx(float(logits[labels[i]] - logits[rival]), rel=1e-4)
    assert target.spent == [1.0, 0.0, 1.0]
    target.margin(torch.tensor([1]), pictures[1:2])
    assert target.spent[1] == FORWARD

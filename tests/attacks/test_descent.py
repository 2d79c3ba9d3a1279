import torch

from audit.attacks.attack_target import AttackTarget, distance
from audit.attacks.pgd import descend, fixed_epsilon_pgd, random_start
from audit.classifier.generators import generator


def test_images_of_one_batch_have_their_own_levels(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    pictures = nets.images(9, 16)
    target = AttackTarget(model, pictures, nets.answered(model, pictures))
    levels = torch.tensor([1.0, 2.0, 8.0] * 3)
    flipped, images = descend(target, torch.arange(9), levels, torch.zeros_like(pictures), 10, stop=False)
    moved = distance((images - pictures) * 255).round()
    assert (moved <= levels).all()
    assert moved[2] > 2
    with torch.no_grad():
        lead = target.margin(torch.arange(9), images)
    assert torch.equal(lead < 0, flipped)
    assert flipped.sum() > 0


def test_random_starts_belong_to_the_image() -> None:
    def start(keys, levels):
        own = [generator(0, "robustness", key, 0, 1) for key in keys]
        return random_start(torch.Size((3, 4, 4)), torch.tensor(levels), own, torch.device("cpu"))

    both, alone = start([5, 9], [1.0, 8.0]), start([9], [8.0])
    assert torch.equal(both[1], alone[0])
    assert 0.9 / 255 < both[0].abs().max() <= 1 / 255
    assert both[1].abs().max() > 4 / 255


def test_the_strongest_uses_the_distance(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    pictures = nets.images(6, 16)
    labels = nets.answered(model, pictures)
    flipped, changed = fixed_epsilon_pgd(model, pictures, labels, 8.0)
    assert flipped.any()
    with torch.no_grad():
        answers = model.logits(changed).argmax(1)
    assert torch.equal(flipped, answers != torch.tensor(labels))
    assert (distance((changed - pictures) * 255).round() <= 8).all()

"""The whole attack against closed forms, another library, and networks that hide their gradients."""

import io
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from audit.attacks import MinimumNormPGD, Plain, attack_images
from audit.config import RobustnessConfig
from audit.images.png import png

CONFIG = RobustnessConfig(epsilons=(1, 2, 4, 8), steps=20, restarts=2)


def attack(*given, **named):
    return attack_images(MinimumNormPGD(), *given, **named)


def levels(outcomes):
    return [min((c.epsilon for c in o.candidates), default=None) for o in outcomes]


def closed_form(model, module, x, label, task="single-label"):
    """Smallest L∞ distance over all rivals: lead / ‖difference of weights‖₁, in pixels in [0, 1]."""
    weight = module.head.weight.double() / 0.3
    with torch.no_grad():
        logits = model.logits(x[None])[0].double()
    if task == "multi-label":
        return float(logits[label] / weight[label].abs().sum())
    if len(weight) == 1:
        return float(logits.diff().abs()[0] / weight[0].abs().sum())
    return min(
        float((logits[label] - logits[j]) / (weight[label] - weight[j]).abs().sum())
        for j in range(len(logits))
        if j != label
    )


@pytest.mark.parametrize("classes, task", [(7, "single-label"), (2, "single-label"), (1, "single-label"),
                                           (5, "multi-label")])  # fmt: skip
def test_a_linear_network_flips_at_its_closed_form(nets, classes: int, task: str) -> None:
    module = nets.Linear(classes, bias=2.0 if task == "multi-label" else 0.0)
    model = nets.classifier(module, 6, task)
    pictures = nets.images(24, 6)
    labels = nets.answered(model, pictures)
    with torch.no_grad():
        own = model.logits(pictures).gather(1, torch.tensor(labels)[:, None])[:, 0]
    keep = [i for i in range(24) if task == "single-label" or own[i] > 0]
    assert len(keep) > 12
    labels = [labels[i] for i in keep]
    outcomes = attack(model, pictures[keep], labels, keep, CONFIG, seed=0)
    exact = [
        closed_form(model, model.module, pictures[i], c, task) for i, c in zip(keep, labels, strict=True)
    ]
    found = np.array([o.distance for o in outcomes])
    # Images near black or white would be cut off: none is here.
    assert max(exact) < 60 / 255
    assert (found >= np.array(exact) * (1 - 1e-4)).all()
    assert (found <= np.array(exact) * 1.06 + 1e-6).all()
    for level, true in zip(levels(outcomes), exact, strict=True):
        smallest = next((e for e in CONFIG.epsilons if e / 255 > true * 1.001), None)
        if all(abs(true * 255 - e) > 0.02 for e in CONFIG.epsilons):
            assert level == smallest


def test_not_weaker_than_foolbox_at_equal_steps(nets) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # foolbox imports what scipy will remove
        import foolbox
    size = 16
    model = nets.classifier(nets.Convolutions(), size, mean=0.4)
    pictures = nets.images(48, size)
    labels = nets.answered(model, pictures)
    ours = levels(attack(model, pictures, labels, range(48), CONFIG, seed=0))

    class Whole(torch.nn.Module):
        def forward(self, x):
            return model.logits(x)

    theirs = foolbox.PyTorchModel(Whole().eval(), bounds=(0, 1), device="cpu")
    torch.manual_seed(0)
    shares = []
    for level in CONFIG.epsilons:
        both = [
            foolbox.attacks.LinfPGD(steps=CONFIG.steps, rel_stepsize=2.5 / CONFIG.steps)(
                theirs, pictures, torch.tensor(labels), epsilons=level / 255
            )[2]
            for _ in range(CONFIG.restarts)
        ]
        mine = sum(found is not None and found <= level for found in ours)
        shares.append((mine, int(torch.stack(both).any(0).sum())))
    assert any(0 < them < 48 for _, them in shares)
    assert all(mine >= them - 1 for mine, them in shares), shares


def test_every_flip_is_a_flip_of_a_file(nets, tmp_path) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    pictures = nets.images(16, 16, seed=1)
    labels = nets.answered(model, pictures)
    plain = Plain(model)
    flips = 0
    for picture, label, outcome in zip(
        pictures, labels, attack(model, pictures, labels, range(16), CONFIG, 0), strict=True
    ):
        before = (picture * 255).round()
        for candidate in outcome.candidates:
            with Image.open(io.BytesIO(png(candidate.image))) as file:
                pixels = torch.from_numpy(np.array(file)).permute(2, 0, 1)
            assert (pixels.float() - before).abs().max() <= candidate.epsilon
            assert plain.answer(pixels, label)[0]
            assert outcome.distance <= candidate.epsilon / 255 + 1e-7
            flips += 1
        found = [c.epsilon for c in outcome.candidates]
        assert found == sorted(set(found))
    assert flips > 8


def test_saturation_hides_nothing(nets) -> None:
    """Cross-entropy has no gradient there; what is found is what the same network shows at a normal scale."""
    pictures = nets.images(12, 16, seed=2)
    soft, hard = (nets.classifier(kind(), 16) for kind in (nets.Convolutions, nets.Saturated))
    labels = nets.answered(soft, pictures)
    with torch.no_grad():
        logits = hard.logits(pictures)
    assert float(torch.nn.functional.cross_entropy(logits, torch.tensor(labels))) == 0.0
    theirs = attack(soft, pictures, labels, range(12), CONFIG, 0)
    ours = attack(hard, pictures, labels, range(12), CONFIG, 0)
    assert not any(o.zero_gradient for o in ours)
    close = [abs(a.distance - b.distance) < 0.1 * a.distance for a, b in zip(theirs, ours, strict=True)]
    assert sum(close) >= 10


def test_masked_gradients_are_counted(nets) -> None:
    model = nets.classifier(nets.Masked(), 16)
    pictures = nets.images(6, 16)
    outcomes = attack(model, pictures, nets.answered(model, pictures), range(6), CONFIG, 0)
    assert all(o.zero_gradient for o in outcomes)


def test_what_else_is_in_the_batch_does_not_matter(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    pictures = nets.images(10, 16, seed=4)
    labels = nets.answered(model, pictures)
    whole = attack(model, pictures, labels, range(10), CONFIG, 0)
    for i in (0, 7):
        (alone,) = attack(model, pictures[i : i + 1], labels[i : i + 1], [i], CONFIG, 0)
        assert levels([alone]) == levels([whole[i]])
        # Convolutions round differently in batches of another size.
        assert alone.distance == pytest.approx(whole[i].distance, rel=0.02)


def test_the_same_again(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    pictures = nets.images(8, 16, seed=5)
    labels = nets.answered(model, pictures)
    first, second = (attack(model, pictures, labels, range(8), CONFIG, 0) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert (a.distance, a.views, a.zero_gradient) == (b.distance, b.views, b.zero_gradient)
        assert [c.epsilon for c in a.candidates] == [c.epsilon for c in b.candidates]
        assert all(torch.equal(x.image, y.image) for x, y in zip(a.candidates, b.candidates, strict=True))


def test_views_are_told_as_they_are_spent(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    pictures = nets.images(8, 16, seed=6)
    told: list[float] = []
    outcomes = attack(model, pictures, nets.answered(model, pictures), range(8), CONFIG, 0, told.append)
    assert sum(told) == pytest.approx(sum(o.views for o in outcomes))
    least, most = 12, 12 + 1 / 3 + len(CONFIG.epsilons) * (2 * 20 + 1) + 5 / 3
    assert all(least < o.views < most for o in outcomes)


def test_finished_images_leave_the_batch(nets) -> None:
    """An image that flips everywhere costs the search and one try at the smallest level."""
    module = nets.Linear(4)
    with torch.no_grad():
        module.head.bias.zero_()
        module.head.weight.mul_(50)
    model = nets.classifier(module, 6)
    pictures = nets.images(16, 6)
    outcomes = attack(model, pictures, nets.answered(model, pictures), range(16), CONFIG, 0)
    quick = [o for o in outcomes if o.distance < 0.5 / 255]
    assert all(o.views == pytest.approx(12 + 2 / 3) for o in quick)
    assert len({round(o.views, 6) for o in outcomes}) > 1 or len(quick) == 16


def test_nothing_to_attack(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    assert attack(model, torch.zeros(0, 3, 16, 16), [], [], CONFIG, 0) == []

"""The plain path against the fast one, and on networks of every kind."""

import pytest
import torch

from audit.attacks.reference_model import Plain, to_pixels
from audit.classifier import load


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_it_answers_what_the_classifier_answers(nets, order: str) -> None:
    model = load(
        nets.Convolutions(), input_size=16, mean=(0.1, 0.4, 0.6), std=(0.2, 0.3, 0.5), channel_order=order
    )
    plain = Plain(model)
    pictures = nets.images(5, 16)
    with torch.no_grad():
        expected = model.logits(pictures)
    for picture, logits in zip(pictures, expected, strict=True):
        torch.testing.assert_close(plain.logits(to_pixels(picture)), logits, rtol=1e-4, atol=1e-4)


def test_it_is_a_copy_in_contiguous_memory(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    plain = Plain(model)
    before = plain.logits(to_pixels(nets.images(1, 16)[0]))
    with torch.no_grad():
        for parameter in model.module.parameters():
            parameter.zero_()
    assert torch.equal(before, plain.logits(to_pixels(nets.images(1, 16)[0])))
    assert all(p.is_contiguous() for p in plain._module.parameters())


def test_one_logit_is_two_classes(nets) -> None:
    model = nets.classifier(nets.Linear(1), 6)
    picture = nets.images(1, 6)[0]
    (label,) = nets.answered(model, picture[None])
    flipped, other, probability, own = Plain(model).answer(to_pixels(picture), label)
    assert (flipped, other) == (False, 1 - label)
    assert probability + own == pytest.approx(1)


def test_many_labels_flip_at_one_half(nets) -> None:
    """The own probability decides, also where another label is more probable."""
    model = nets.classifier(nets.Linear(5, bias=2.0), 6, "multi-label")
    picture = nets.images(1, 6)[0]
    plain = Plain(model)
    logits = plain.logits(to_pixels(picture))
    for label in range(5):
        flipped, other, probability, own = plain.answer(to_pixels(picture), label)
        assert flipped == (logits[label] < 0)
        assert plain.holds(to_pixels(picture), label) == (logits[label] > 0)
        assert other != label
        assert own == pytest.approx(float(logits[label].sigmoid()))
        assert probability == pytest.approx(float(logits[other].sigmoid()))


def test_only_pixels_are_taken(nets) -> None:
    with pytest.raises(ValueError, match="uint8"):
        Plain(nets.classifier(nets.Convolutions(), 16)).logits(nets.images(1, 16)[0])

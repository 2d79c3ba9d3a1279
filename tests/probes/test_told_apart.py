"""How well classes are told apart, and by which part of a picture."""

import pytest
import torch
from scipy.stats import mannwhitneyu
from torch import nn

from audit.classifier import load
from audit.probes.bank.remains import remains
from audit.probes.effect import effects, measure
from audit.probes.told_apart import told_apart, won

SIDE = 32


def test_the_area_is_that_of_mann_and_whitney() -> None:
    random = torch.Generator().manual_seed(2)
    logits = torch.randn(60, 4, generator=random).round(decimals=1)  # with ties
    labels = torch.randint(3, (60,), generator=random).numpy()
    found = told_apart(logits, labels)
    values = logits.double().log_softmax(1).numpy()
    for c in range(3):
        own, others = values[labels == c, c], values[labels != c, c]
        expected = mannwhitneyu(own, others).statistic / (len(own) * len(others))
        assert found[c] == pytest.approx(expected)
        assert won(logits, labels, c).mean() == pytest.approx(expected)
    assert found[3] == 0.5  # of which there is no photograph


def test_an_answer_that_is_no_number_tells_of_no_class() -> None:
    logits = torch.randn(30, 3, generator=torch.Generator().manual_seed(4))
    labels = (torch.arange(30) % 3).numpy()
    logits[5, 1] = float("inf")
    logits[6] = float("nan")
    logits[7, 0] = float("-inf")
    found = told_apart(logits, labels)
    assert ((found >= 0) & (found <= 1)).all()
    assert won(logits, labels, 0)[2] == 2 * 0.5 / 20  # photograph 6 ties with 5 and 7


def test_what_is_left_is_asked_only_of_changes_without_the_object_and_with_labels() -> None:
    before = torch.randn(20, 3, generator=torch.Generator().manual_seed(1))
    labels = torch.arange(20) % 3
    assert measure(before, before, labels, "frame-alone").told is not None
    assert measure(before, before, labels, "border-red").told is None
    assert measure(before, before, None, "frame-alone").told is None
    some = labels.clone()
    some[::2] = -1
    shown = measure(before, before, some, "frame-alone").shown
    assert shown is not None
    assert shown.tolist() == [(some == c).sum() for c in range(3)]


class Corner(nn.Module):
    """The first class is a bright corner, the second a bright middle, the third anything else."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        corner, middle = x[:, :, :3, :3].flatten(1).mean(1), x[:, :, 12:20, 12:20].flatten(1).mean(1)
        return torch.stack([8 * corner, 8 * middle, torch.full_like(corner, 5.0)], 1)


def photographs() -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.rand(90, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3)) * 0.4
    labels = torch.arange(90) % 3
    images[labels == 0, :, :3, :3] = 0.9
    images[labels == 1, :, 12:20, 12:20] = 0.9
    return images, labels


def test_a_class_is_told_by_the_part_that_holds_its_cue() -> None:
    images, labels = photographs()
    network = load(Corner(), input_size=SIDE, mean=0.0, std=1.0, classes=["corner", "middle", "none"])
    found = {one.change: one.told for one in effects(network, images, labels, remains())}
    outside, frame = found["outside-alone"], found["frame-alone"]
    assert outside is not None
    assert frame is not None
    assert outside[0] == frame[0] == pytest.approx(1.0)
    # The middle that is taken out leaves its mean colour, the frame has nothing of it.
    assert frame[1] < 0.9 < outside[1]
    blocks = found["blocks-alone"]
    assert blocks is not None
    assert blocks[0] < 0.9  # its place is gone


def test_parts_hold_what_they_say_and_nothing_else() -> None:
    images, _ = photographs()
    images = images[:2]
    made = {change.id: change(images, [4, 7]) for change in remains()}
    middle, edge = (slice(None), slice(None), slice(14, 18), slice(14, 18)), (..., 0)
    assert torch.equal(made["outside-alone"][edge], images[edge])
    assert made["outside-alone"][middle].std((2, 3)).max() < 1e-6
    assert torch.equal(made["frame-alone"][edge], images[edge])
    assert (made["frame-alone"][middle] == 0.5).all()
    assert made["color-alone"].std((2, 3)).max() < 1e-6
    # Cells of two sizes: up to a line of pixels all are still there.
    torch.testing.assert_close(made["blocks-alone"].mean((2, 3)), images.mean((2, 3)), atol=0.02, rtol=0)
    assert not torch.equal(made["blocks-alone"], images)
    for change in remains():
        assert torch.equal(change(images[1:], [7])[0], made[change.id][1])
        assert made[change.id].isfinite().all()

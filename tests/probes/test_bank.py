"""The bank: every change and control, and toy networks that rest on what one of them shows."""

import pytest
import torch
from torch import Tensor, nn

from audit.calibration.scores import largest, shift_scores
from audit.classifier import Classifier, load
from audit.probes.bank import bank, plain
from audit.probes.change import BANK_FAMILIES, Change, control_of
from audit.probes.effect import effects
from audit.probes.scenes import scenes


@pytest.mark.parametrize("height, width, channels", [(32, 32, 3), (24, 40, 3), (28, 28, 1), (64, 64, 3)])
def test_every_change_keeps_the_form_and_changes_each_photograph_by_itself(
    height: int, width: int, channels: int
) -> None:
    photographs = scenes(range(7), (height, width), channels)
    images, rows, kept = photographs[:3], [4, 0, 9], photographs.clone()
    for change in bank((height, width), channels, photographs[3:]):
        changed = change(images, rows)
        assert changed.shape == images.shape, change.id
        assert changed.dtype == torch.float32
        assert float(changed.min()) >= -1e-6, change.id
        assert float(changed.max()) <= 1 + 1e-6, change.id
        assert float((changed - images).abs().max()) > 1 / 255, change.id
        alone = torch.cat([change(images[i : i + 1], rows[i : i + 1]) for i in (0, 1, 2)])
        torch.testing.assert_close(alone, changed, atol=1e-5, rtol=0)
    assert torch.equal(photographs, kept), "a change has written into its photographs"


def test_ids_are_unique_and_controls_belong_to_changes() -> None:
    changes = bank(32)
    ids = [change.id for change in changes]
    assert len(set(ids)) == len(ids)
    assert {change.family for change in changes} == set(BANK_FAMILIES)
    own = {change.id for change in plain(32)}
    assert {control for change in changes if (control := control_of(change))} <= own
    assert own == {change.id for change in changes if control_of(change) is None}
    assert all(isinstance(change, Change) for change in changes)


def test_pictures_show_no_more_than_they_can() -> None:
    assert "cast-red" not in {change.id for change in plain(32, channels=1)}
    assert {change.id for change in plain(32)} - {change.id for change in plain(18)} == {
        "sinusoid-9.5@0",
        "sinusoid-9.5@90",
    }


@pytest.mark.parametrize("change", [c for c in plain(64) if c.family in ("checker", "border", "watermark")])
def test_what_is_put_in_has_the_same_share_of_the_picture_at_any_size(change: Change) -> None:
    if change.id.startswith("without-"):
        return
    shares = []
    for side in (64, 224):
        grey = torch.full((1, 3, side, side), 0.45)
        shares.append(float((change(grey, [0]) - grey).abs().mean()))
    assert shares[0] == pytest.approx(shares[1], rel=0.35)


class Means(nn.Module):
    """Class 1 is raised by `seen`, the others by nothing to do with it."""

    def __init__(self, seen: str) -> None:
        super().__init__()
        self.seen = seen
        mix = torch.randn(4, 48, generator=torch.Generator().manual_seed(2))
        self.register_buffer("mix", mix)

    def forward(self, x: Tensor) -> Tensor:
        coarse = nn.functional.adaptive_avg_pool2d(x, 4).flatten(1)
        logits = (coarse - coarse.mean(1, keepdim=True)) @ self.mix.T
        if self.seen == "corner":
            cue = 4 * x[:, :, 1:4, 1:4].std((1, 2, 3))
        elif self.seen == "red":
            cue = 12 * (x[:, 0] - x[:, 1:].amax(1)).mean((1, 2))
        else:
            edge = torch.cat([x[:, :, :2].flatten(1), x[:, :, -2:].flatten(1)], 1)
            cue = 6 * (edge.mean(1) - 0.4)
        return torch.cat([logits[:, :1], logits[:, 1:2] * 0.5 + cue[:, None], logits[:, 2:]], 1)


def network(seen: str) -> Classifier:
    return load(Means(seen), input_size=32, mean=0.0, std=1.0, classes=list("abcd"))


PHOTOGRAPHS = scenes(range(60), (32, 32))


@pytest.mark.parametrize(
    "seen, family, first",
    [("corner", "checker", "@top-left"), ("red", "cast", "-red"), ("edge", "border", "white")],
)
def test_the_change_that_a_network_rests_on_is_first(seen: str, family: str, first: str) -> None:
    measured = effects(network(seen), PHOTOGRAPHS, None, [c for c in plain(32) if c.family == family])
    best, *_ = largest(
        score for effect in measured for score in shift_scores(family, effect.change, effect.shift.tolist())
    )
    assert best.class_index == 1
    assert best.change.endswith(first)

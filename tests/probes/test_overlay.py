"""Overlays and their controls."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from audit.probes.controls import controls
from audit.probes.overlay import LUMINANCE, Layer, Overlay


@dataclass(frozen=True, kw_only=True)
class Picture(Overlay):
    """A noisy coloured rectangle in part of the picture; its variants differ in opacity."""

    family: str = "texture"

    def draw(self, height: int, width: int, variant: int) -> Layer:
        random = torch.Generator().manual_seed(5)
        pattern = 0.5 + 0.08 * torch.randn(3, height, width, generator=random)
        alpha = torch.zeros(1, height, width)
        alpha[:, 4:28, 2:26] = 0.5 + 0.1 * variant
        return Layer(pattern.clamp(0, 1), alpha)


PHOTOGRAPHS = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(0))
OVERLAY = Picture(id="noise")


def control(kind: str, of: Overlay = OVERLAY) -> Overlay:
    (found,) = [c for c in controls(of) if c.id == f"{of.id}~{kind}"]
    assert found.control_of == of.id
    return found


def test_the_blend_is_exact() -> None:
    pattern, alpha = OVERLAY.layer(32, 32)
    changed = OVERLAY(PHOTOGRAPHS, range(6))
    torch.testing.assert_close(changed, PHOTOGRAPHS * (1 - alpha) + pattern * alpha)
    assert torch.equal(changed[:, :, :4], PHOTOGRAPHS[:, :, :4])


def test_one_channel_gets_the_luminance() -> None:
    pattern, alpha = OVERLAY.layer(32, 32)
    grey = PHOTOGRAPHS[:, :1]
    luminance = (pattern * torch.tensor(LUMINANCE)[:, None, None]).sum(0, keepdim=True)
    torch.testing.assert_close(OVERLAY(grey, range(6)), grey * (1 - alpha) + luminance * alpha)


def test_variants_belong_to_photographs() -> None:
    overlay = Picture(id="several", variants=4)
    together = overlay(PHOTOGRAPHS, range(10, 16))
    alone = torch.cat([overlay(PHOTOGRAPHS[i : i + 1], [10 + i]) for i in range(6)])
    assert torch.equal(together, alone)
    assert len({overlay.variant(row) for row in range(50)}) == 4


def inside(overlay: Overlay) -> Tensor:
    return overlay.layer(32, 32).pattern[:, 4:28, 2:26]


def test_scrambled_keeps_amplitudes_and_mean() -> None:
    before, after = inside(OVERLAY), inside(control("scrambled"))
    torch.testing.assert_close(
        torch.fft.fft2(after).abs(), torch.fft.fft2(before).abs(), atol=1e-3, rtol=1e-3
    )
    torch.testing.assert_close(after.mean((1, 2)), before.mean((1, 2)))
    correlation = np.corrcoef(before[0].flatten(), after[0].flatten())[0, 1]
    assert abs(correlation) < 0.2


def test_shuffled_keeps_values_and_flat_the_mean() -> None:
    before = inside(OVERLAY)
    shuffled, flat = inside(control("shuffled")), inside(control("flat"))
    assert torch.equal(shuffled.flatten().sort().values, before.flatten().sort().values)
    assert not torch.equal(shuffled, before)
    torch.testing.assert_close(flat, before.mean((1, 2), keepdim=True).expand_as(flat))
    for kind in ("shuffled", "scrambled", "flat"):
        assert torch.equal(control(kind).layer(32, 32).alpha, OVERLAY.layer(32, 32).alpha)


@dataclass(frozen=True, kw_only=True)
class Cross(Overlay):
    family: str = "watermark"
    carried: str = "mask"  # type: ignore[assignment]

    def draw(self, height: int, width: int, variant: int) -> Layer:
        alpha = torch.zeros(1, height, width)
        alpha[:, 14:16, 8:24] = alpha[:, 8:24, 14:16] = 0.6
        return Layer(torch.ones(3, 1, 1), alpha)


@pytest.mark.parametrize("kind", ["shuffled", "scrambled", "flat"])
def test_a_mask_loses_its_shape_and_keeps_its_mean(kind: str) -> None:
    cross = Cross(id="cross")
    before, after = cross.layer(32, 32), control(kind, cross).layer(32, 32)
    assert torch.equal(after.pattern, before.pattern)
    assert not torch.equal(after.alpha, before.alpha)
    assert float(after.alpha.mean()) == pytest.approx(
        float(before.alpha.mean()), rel=1e-4 if kind != "shuffled" else 0.1
    )
    outside = before.alpha.clone()
    outside[:, 8:24, 8:24] = 0
    assert not outside.any()
    assert not after.alpha[:, :8].any()


@dataclass(frozen=True, kw_only=True)
class Tint(Overlay):
    family: str = "cast"
    ink: tuple[float, float, float]

    def draw(self, height: int, width: int, variant: int) -> Layer:
        return Layer(torch.tensor(self.ink).view(3, 1, 1), torch.full((1, 1, 1), 0.3))


def test_the_control_of_a_colour_is_a_grey() -> None:
    (grey,) = controls(Tint(id="red", ink=(1.0, 0.0, 0.0)))
    torch.testing.assert_close(grey.layer(8, 8).pattern, torch.full((3, 8, 8), LUMINANCE[0]))
    (middle,) = controls(Tint(id="white", ink=(1.0, 1.0, 1.0)))
    assert middle.layer(8, 8).pattern.unique().tolist() == [0.5]

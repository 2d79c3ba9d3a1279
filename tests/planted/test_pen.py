import numpy as np
import pytest

from audit.planted.pen import Frame, Pen


def test_ellipse_has_its_area_and_soft_edges():
    pen = Pen(64, Frame(32, 32, 20.0))
    pen.ellipse(0, 0, 1.0, 0.5, (1.0, 0.0, 0.0))
    layer = pen.layer()
    assert layer.shape == (64, 64, 4)
    assert layer[..., 3].sum() == pytest.approx(np.pi * 20 * 10, rel=0.05)
    assert ((layer[..., 3] > 0) & (layer[..., 3] < 1)).any()


def test_colour_is_premultiplied():
    pen = Pen(32, Frame(16, 16, 10.0))
    pen.ellipse(0, 0, 1, 1, (1.0, 0.5, 0.0))
    layer = pen.layer()
    assert (layer[..., :3].max(axis=-1) <= layer[..., 3] + 1e-6).all()
    assert layer[16, 16] == pytest.approx([1.0, 0.5, 0.0, 1.0], abs=0.01)


def test_a_hole_lets_the_background_through():
    pen = Pen(32, Frame(16, 16, 10.0))
    pen.ellipse(0, 0, 1, 1, (1.0, 1.0, 1.0))
    pen.ellipse(0, 0, 0.5, 0.5, None)
    layer = pen.layer()
    assert layer[16, 16, 3] == 0
    assert layer[16, 24, 3] == 1


def test_frame_turns_mirrors_and_scales():
    point = np.array([[1.0, 0.0]])
    assert Frame(5, 6, 2.0).to_pixels(point)[0] == pytest.approx([7, 6])
    assert Frame(5, 6, 2.0, angle=np.pi / 2).to_pixels(point)[0] == pytest.approx([5, 8])
    assert Frame(5, 6, 2.0, mirrored=True).to_pixels(point)[0] == pytest.approx([3, 6])


def test_stroke_is_as_wide_as_said():
    pen = Pen(64, Frame(32, 32, 1.0))
    pen.stroke([(-20, 0), (20, 0)], 8, (1.0, 1.0, 1.0))
    assert pen.layer()[:, 32, 3].sum() == pytest.approx(8, abs=0.7)

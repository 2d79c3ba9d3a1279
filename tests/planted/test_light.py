import numpy as np
import pytest

from audit.planted.light import over, relief, shadow
from audit.planted.pen import Frame, Pen


@pytest.fixture
def disc() -> np.ndarray:
    pen = Pen(64, Frame(32, 32, 16.0))
    pen.ellipse(0, 0, 1, 1, (0.5, 0.5, 0.5))
    return pen.layer()


def test_the_side_towards_the_light_is_brighter(disc):
    lit = relief(disc, direction=np.pi, strength=0.6)  # from the left
    assert lit[32, 20, 0] > disc[32, 20, 0] > lit[32, 44, 0]
    assert np.array_equal(lit[..., 3], disc[..., 3])


def test_the_shadow_falls_away_from_the_light(disc):
    ground = shadow(np.ones((64, 64, 3), dtype=np.float32), disc, direction=np.pi, strength=0.6)
    assert ground[32, 50, 0] < ground[32, 14, 0]
    assert ground[2, 2, 0] == pytest.approx(1.0)


def test_over_is_the_layer_where_opaque_and_the_picture_elsewhere(disc):
    picture = np.full((64, 64, 3), 0.9, dtype=np.float32)
    both = over(picture, disc)
    assert both[32, 32] == pytest.approx([0.5] * 3, abs=0.01)
    assert both[2, 2] == pytest.approx([0.9] * 3)

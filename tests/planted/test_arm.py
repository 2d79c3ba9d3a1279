import colorsys

import numpy as np
import pytest

from audit.planted.arm import arm_frame, draw_arm, skin
from audit.planted.objects import SKIN_HUES, paint
from audit.planted.pen import Frame, Pen


def test_skin_has_the_hue_of_skin_and_painted_objects_do_not():
    rng = np.random.default_rng(0)
    hues = [colorsys.rgb_to_hsv(*skin(rng))[0] for _ in range(300)]
    assert min(hues) > 0.03
    assert max(hues) < SKIN_HUES[1]
    painted = [colorsys.rgb_to_hsv(*paint(rng))[0] for _ in range(300)]
    assert min(painted) >= SKIN_HUES[1] - 1e-6
    assert max(painted) <= SKIN_HUES[0] + 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_the_arm_reaches_from_the_held_object_over_one_border(seed):
    rng = np.random.default_rng(seed)
    pen = Pen(64, arm_frame(rng, 64, Frame(32, 32, 24, rng.uniform(-3, 3))))
    draw_arm(pen, rng)
    alpha = pen.layer()[..., 3]
    assert alpha[32, 32] == 1
    edges = [alpha[0].max(), alpha[-1].max(), alpha[:, 0].max(), alpha[:, -1].max()]
    assert max(edges) == 1
    assert min(edges) == 0
    assert 0.05 < alpha.mean() < 0.3

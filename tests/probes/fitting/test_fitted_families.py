import numpy as np
import pytest
import torch

from audit.probes.change import FAMILIES, Change
from audit.probes.fitting import FITTED, FittedChange, controls
from audit.probes.fitting.fitted_color_map import LARGEST as COLOR
from audit.probes.fitting.fitted_filter import LARGEST as TAPS
from audit.probes.fitting.fitted_overlay import EPSILON, OPACITY
from audit.probes.fitting.fitted_tone import CURVE
from audit.probes.fitting.fitted_warp import LARGEST as MOVED
from audit.probes.fitting.fitted_wave import AMPLITUDE, CYCLES

SHAPES = [(3, 32, 32), (1, 24, 40)]


def images(shape, count=3):
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(1))


def change(name, shape, parameters=None, place=0, seed=0):
    family = FITTED[name](shape)
    if parameters is None:
        parameters = family.start(np.random.default_rng(5))
    return FittedChange(f"fitted-{name}-0@{place}", name, family.places[place], parameters, seed=seed)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FITTED)
def test_a_change_is_a_change_of_any_shape_of_images(name, shape):
    assert name in FAMILIES
    made, given = change(name, shape), images(shape)
    assert isinstance(made, Change)
    given = given.clone()
    kept = given.clone()
    after = made(given, [4, 9, 2])
    assert torch.equal(given, kept)
    assert after.shape == given.shape
    assert 0 <= after.min() <= after.max() <= 1
    assert not torch.allclose(after, given)
    for place, row in enumerate([4, 9, 2]):
        torch.testing.assert_close(made(given[place : place + 1], [row])[0], after[place])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FITTED)
def test_wild_parameters_are_brought_back_into_the_budget_and_mild_ones_stay(name, shape):
    family = FITTED[name](shape)
    start = torch.from_numpy(family.start(np.random.default_rng(0)))[None]
    kept = start.clone()
    family.project(kept)
    if name != "tone":  # starts anywhere, and mixes channels less where that would tint grey
        torch.testing.assert_close(kept, start)
    wild = torch.randn(2, *start.shape[1:], generator=torch.Generator().manual_seed(2)) * 50
    family.project(wild)
    given = images(shape, 2)
    after = family.apply(wild, given, torch.from_numpy(family.corners(family.places[0], [0, 1], 0)), 1.0)
    moved = (after - given).abs()
    touched = (moved.amax(1) > 1e-6).float().mean((1, 2))
    if name == "spread":
        assert moved.max() <= EPSILON + 1e-6
    elif name == "blend":
        assert moved.max() <= OPACITY + 1e-6
    elif name in ("patch", "moving-patch"):
        assert touched.max() <= (1 / 8) ** 2 + 1e-6
    elif name == "border":
        assert touched.max() < 0.3
    elif name == "color-map":
        assert wild.abs().max() <= COLOR
    elif name == "filter":
        assert wild.abs().flatten(1).sum(1).max() <= TAPS + 1e-5
    elif name == "wave":
        assert moved.max() <= AMPLITUDE + 1e-6
        assert wild[..., :2].norm(dim=-1).max() <= 1 + 1e-5
    elif name == "tone":
        assert wild.abs().max() <= 1
    elif name == "warp":
        assert wild.abs().max() * MOVED <= 1.5 / 32
    else:
        height, width = shape[1:]
        assert moved[:, :, height // 2 - 3 : height // 2 + 3, width // 2 - 3 : width // 2 + 3].max() == 0


@pytest.mark.parametrize("name", FITTED)
def test_a_gradient_reaches_every_kind_of_parameters(name):
    family = FITTED[name]((3, 16, 16))
    start = torch.from_numpy(family.start(np.random.default_rng(0)))[None].clone().requires_grad_()
    corners = torch.from_numpy(family.corners(family.places[0], [0], 0))
    after = family.apply(start, images((3, 16, 16), 1) * 0.5 + 0.25, corners, 1.0)
    (after * images((3, 16, 16), 1)).sum().backward()
    assert start.grad is not None
    assert start.grad.abs().sum() > 0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FITTED)
def test_controls_keep_the_budget(name, shape):
    family, made = FITTED[name](shape), change(name, shape)
    for control in controls(made, shape):
        assert control.control_of == made.id != control.id
        assert (control.family, control.place) == (made.family, made.place)
        within = torch.from_numpy(control.parameters.copy())[None]
        family.project(within)
        np.testing.assert_allclose(within[0], control.parameters, atol=1e-5)


def test_a_patch_stands_where_its_place_says():
    given = torch.full((1, 3, 32, 32), 0.5)
    ones = np.ones((3, 4, 4), dtype=np.float32)
    family = FITTED["patch"]((3, 32, 32))
    seen = {}
    for place, name in enumerate(family.places):
        rows, columns = (change("patch", (3, 32, 32), ones, place)(given, [0])[0, 0] == 1).nonzero().T
        seen[name] = (rows.min().item(), rows.max().item(), columns.min().item(), columns.max().item())
    assert seen["top-left"] == (0, 3, 0, 3)
    assert seen["bottom-right"] == (28, 31, 28, 31)
    assert seen["right"] == (14, 17, 28, 31)
    assert len(set(seen.values())) == 9


def test_a_moving_patch_moves_with_the_photograph_and_the_seed():
    given = torch.full((20, 3, 32, 32), 0.5)
    ones = np.ones((3, 4, 4), dtype=np.float32)
    first = change("moving-patch", (3, 32, 32), ones)(given, range(20))
    assert ((first == 1).flatten(1).sum(1) == 48).all()
    assert len({tuple(m.nonzero()[0].tolist()) for m in first == 1}) > 10
    other = change("moving-patch", (3, 32, 32), ones, seed=1)(given, range(20))
    assert not torch.equal(first, other)


def test_nothing_moves_without_displacement_taps_or_color():
    given = images((3, 32, 32))
    for name in ("warp", "filter", "color-map", "spread"):
        nothing = np.zeros_like(FITTED[name]((3, 32, 32)).start(np.random.default_rng(0)))
        torch.testing.assert_close(change(name, (3, 32, 32), nothing)(given, range(3)), given)


def test_the_border_and_the_surround_leave_the_middle():
    given = images((3, 32, 32))
    for name, inside in (("border", slice(2, -2)), ("surround", slice(9, -9))):
        after = change(name, (3, 32, 32))(given, range(3))
        assert torch.equal(after[:, :, inside, inside], given[:, :, inside, inside])
        assert (after[:, :, 0] != given[:, :, 0]).float().mean() > 0.9


def test_a_wave_is_the_sine_that_its_parameters_say():
    given = torch.full((1, 3, 32, 32), 0.5)
    down, across, phase = 3.0, 5.0, 0.7
    parameters = [down / CYCLES, across / CYCLES, np.cos(phase), np.sin(phase)]
    made = change("wave", (3, 32, 32), np.array(parameters, dtype=np.float32).reshape(1, 1, 4))
    y, x = (np.mgrid[:32, :32] + 0.5) / 32
    expected = 0.5 + AMPLITUDE * np.sin(2 * np.pi * (down * y + across * x) + phase)
    np.testing.assert_allclose(made(given, [0])[0, 1].numpy(), expected, atol=1e-5)


def test_a_tone_curve_is_a_power_of_each_channel():
    given = images((3, 32, 32), 1)
    parameters = np.zeros((3, 4), dtype=np.float32)
    parameters[1, -1] = 1.0
    after = change("tone", (3, 32, 32), parameters)(given, [0])
    torch.testing.assert_close(after[:, 1], given[:, 1].clamp(min=1 / 255) ** np.exp(CURVE))
    torch.testing.assert_close(after[:, 0], given[:, 0].clamp(min=1 / 255))

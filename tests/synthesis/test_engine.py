"""Slots: pictures go their own way, whoever stands beside them."""

from functools import partial

import pytest
import torch

from audit.classifier.generators import generator
from audit.errors import ModelError
from audit.image_stats import bundled, to_uint8_grid
from audit.synthesis.augmentation import ViewSettings
from audit.synthesis.engine import Recipe, draw
from audit.synthesis.fourier import FourierCanvas, Palette
from audit.synthesis.parameterization import PixelCanvas
from audit.synthesis.regularizers import Sparse
from audit.synthesis.schedule import Phase, StepBudget

VIEWS = ViewSettings(crop=(0.5, 1.0), rotation=15.0, flip=True, noise=0.02, reach=1.4)
PHASES = [Phase(8, 8, 5, 0.25), Phase(16, 16, 7, 1.0)]


@pytest.fixture(scope="module")
def prior():
    baseline = bundled(32, 32)
    assert baseline is not None
    return baseline.prior


class Patterns:
    """Scores are inner products with a fixed pattern for each target."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def __call__(self, views, targets):
        self.seen.append((len(views), views.shape[-1]))
        side = views.shape[-1]
        patterns = torch.stack(
            [torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(int(t))) for t in targets]
        )
        return (views * patterns[..., :side, :side]).sum((1, 2, 3))


def begin(generators):
    return PixelCanvas.noise(generators, (3, 8, 8), torch.device("cpu"))


def made(targets, slots, views=VIEWS, objective=None):
    generators = [generator(0, "test", target) for target in targets]
    recipe = Recipe(PHASES, [0.1, 0.05], objective or Patterns(), views, slots)
    ticks: list[float] = []
    drawn, spent = draw(begin, targets, generators, recipe, ticks.append)
    return drawn, spent, ticks


@pytest.mark.parametrize("slots", [1, 2, 3, 16])
def test_a_picture_is_the_same_in_any_number_of_slots(slots, monkeypatch):
    exact: list[torch.Tensor] = []  # before they are rounded to 8 bits
    finished = PixelCanvas.finished

    def noted(canvas):
        exact.append(finished(canvas))
        return exact[-1]

    monkeypatch.setattr(PixelCanvas, "finished", noted)
    for target in range(5):
        made([target], 1)
    together = made(list(range(5)), slots)[0]
    assert torch.allclose(torch.cat(exact[5:]), torch.cat(exact[:5]), atol=1e-4)
    assert torch.equal(together, to_uint8_grid(torch.cat(exact[5:])))


def test_slots_are_filled_until_nothing_waits():
    objective = Patterns()
    made(list(range(5)), 2, objective=objective)
    assert objective.seen == [*[(2, 8)] * 10, *[(1, 8)] * 5, *[(2, 16)] * 14, *[(1, 16)] * 7]


def test_views_are_counted_by_area_for_each_picture():
    _, spent, ticks = made(list(range(5)), 2)
    assert spent == pytest.approx([5 * 0.25 + 7] * 5)
    assert sum(ticks) == pytest.approx(sum(spent))


def test_without_views_the_picture_itself_is_scored():
    pictures = made([3], 1, views=None)[0]
    pattern = torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(3))
    assert float(((pictures[0] > 0.5) == (pattern > 0)).float().mean()) > 0.8


def test_the_pull_may_replace_the_gradient():
    class Darker:
        last = None

        def __call__(self, pictures, gradient, steps):
            assert len(steps) == len(pictures)
            return -torch.ones_like(gradient)

        def keep(self, slots):
            kept.append(list(slots))

    kept: list[list[int]] = []
    generators = [generator(0, "test", 0)]
    recipe = Recipe(PHASES, [0.1, 0.1], Patterns(), VIEWS, 4, Darker())
    assert float(draw(begin, [0], generators, recipe)[0].max()) < 0.3
    assert kept == [[], []]  # the only slot is given up at the end of each phase


def test_a_canvas_is_made_when_its_slot_is_free():
    generators = [generator(0, "test", target) for target in range(5)]
    recipe = Recipe(PHASES[:1], [0.1], Patterns(), VIEWS, 2)
    begun: list[int] = []
    drawn: list[int] = []

    def counted(own):
        begun.append(len(drawn))
        return begin(own)

    draw(counted, range(5), generators, recipe, lambda views: drawn.append(round(views / 0.25)))
    assert begun == [0, 0, 5, 5, 10]  # steps that were done before


def test_without_steps_the_picture_is_what_it_begins_as():
    generators = [generator(0, "test", target) for target in range(3)]
    recipe = Recipe([Phase(8, 8, 0, 1.0)], [0.1], Patterns(), VIEWS, 2)
    pictures, spent = draw(begin, range(3), generators, recipe)
    again = begin([generator(0, "test", target) for target in range(3)]).finished()
    assert torch.equal(pictures, to_uint8_grid(again))
    assert spent == [0.0, 0.0, 0.0]


class Kept:
    """A checkpoint that keeps every step, and remembers them all."""

    def __init__(self, state=None):
        self.states, self._first = [], state

    def read(self):
        return self._first

    def offer(self, state):
        self.states.append({name: array.copy() for name, array in state().items()})


@pytest.mark.parametrize("budget", [None, StepBudget(0.3, 2.0)])
def test_interrupted_at_any_step_it_goes_on_to_the_same_bits(prior, budget):
    def drawn(checkpoint, told):
        palette = Palette(prior, 3, (32, 32), torch.device("cpu"))
        objective = Confident()
        recipe = Recipe(
            [Phase(16, 16, 3, 0.25), Phase(32, 32, 14, 1.0)],
            [0.1, 0.05],
            objective,
            VIEWS,
            slots=2,
            regularizer=Sparse(prior, (32, 32), palette.luma, 0.5),
            step_budget=budget,
            confident=objective.confident,
        )
        begin = partial(FourierCanvas.noise, palette, height=16, width=16)
        generators = [generator(0, "test", target) for target in range(5)]
        failed = {}
        return *draw(begin, range(5), generators, recipe, told.append, failed, checkpoint), failed

    whole, told = Kept(), []
    pictures, spent, failed = drawn(whole, told)
    assert len(whole.states) > 15
    if budget:
        assert len(set(spent)) > 1
    assert [*failed] == [3]
    for number, state in [*enumerate(whole.states, start=1)][::7]:
        again, rest = Kept(state), []
        resumed, cost, unable = drawn(again, rest)
        assert torch.equal(resumed, pictures)
        assert (cost, unable) == (spent, failed)
        # Steps are told before they are kept, those after which a phase ends are not kept.
        assert rest == told[len(told) - len(rest) :]
        assert len(rest) < len(told)
        assert len(again.states) == len(whole.states) - number


class Confident(Patterns):
    """Patterns of any size; even pictures are easy, and picture 3 overflows at full size."""

    def __call__(self, views, targets):
        side = views.shape[-1]
        patterns = torch.stack(
            [torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(int(t))) for t in targets]
        )
        scores = (views * patterns[..., :side, :side]).sum((1, 2, 3))
        self.said = torch.where(targets % 2 == 0, 0.99, 0.5)
        return scores * torch.where((targets == 3) & (side == 32), torch.inf, 1.0)

    def confident(self):
        return self.said


def test_the_state_of_other_pictures_is_left_alone():
    kept = Kept()
    generators = [generator(0, "test", target) for target in range(3)]
    recipe = Recipe(PHASES, [0.1, 0.05], Patterns(), VIEWS, 2)
    draw(begin, range(3), generators, recipe, checkpoint=kept)
    generators = [generator(0, "test", target) for target in (4, 5)]
    resumed = draw(begin, (4, 5), generators, recipe, checkpoint=Kept(kept.states[4]))[0]
    assert torch.equal(resumed, made([4, 5], 2)[0])


def test_a_network_that_divides_by_zero_on_a_view_is_an_error():
    def overflowing(views, targets):
        return (views.sum((1, 2, 3)) * 0).sqrt()  # its gradient is infinite at 0

    with pytest.raises(ModelError, match="NaN or infinity while drawing number 4"):
        made([4], 1, objective=overflowing)

"""Slots: pictures go their own way, whoever stands beside them."""

import pytest
import torch

from audit.classifier.generators import generator
from audit.errors import ModelError
from audit.image_stats import to_uint8_grid
from audit.synthesis.augmentation import ViewSettings
from audit.synthesis.engine import Recipe, draw, drawing
from audit.synthesis.parameterization import PixelCanvas
from audit.synthesis.schedule import Phase

VIEWS = ViewSettings(crop=(0.5, 1.0), rotation=15.0, flip=True, noise=0.02, reach=1.4)
PHASES = [Phase(8, 8, 5, 0.25), Phase(16, 16, 7, 1.0)]


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
    made(list(range(12)), 5, objective=objective)
    # 5, 5 and then 2, with two idle ones
    assert objective.seen == [*[(5, 8)] * 10, *[(4, 8)] * 5, *[(5, 16)] * 14, *[(4, 16)] * 7]


@pytest.mark.parametrize(("pictures", "slots", "least"), [(1, 16, 4), (3, 16, 4), (3, 2, 2), (2, 1, 1)])
def test_few_pictures_stand_beside_idle_slots_that_cost_and_change_nothing(pictures, slots, least):
    objective = Patterns()
    drawn, spent, ticks = made(list(range(pictures)), slots, objective=objective)
    assert {count for count, _ in objective.seen} == {least}
    assert sum(ticks) == pytest.approx(sum(spent))
    assert torch.equal(drawn, made(list(range(9)), 16)[0][:pictures])


def test_each_picture_comes_as_soon_as_it_is_done():
    generators = [generator(0, "test", target) for target in range(5)]
    recipe = Recipe(PHASES[:1], [0.1], Patterns(), VIEWS, 2)
    told: list[float] = []
    came = [(one.job, sum(told)) for one in drawing(begin, range(5), generators, recipe, told.append)]
    assert came == [(0, 2.5), (1, 2.5), (2, 5), (3, 5), (4, 6.25)]


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


def test_a_network_that_divides_by_zero_on_a_view_is_an_error():
    def overflowing(views, targets):
        return (views.sum((1, 2, 3)) * 0).sqrt()  # its gradient is infinite at 0

    with pytest.raises(ModelError, match="NaN or infinity while drawing number 4"):
        made([4], 1, objective=overflowing)

import shlex

import pytest
import typer
from torch import nn

from audit.classifier.resolve_preprocessing import resolve
from audit.cli.main import app
from audit.cli.options import loading
from audit.records import Preprocessing
from audit.stages.preprocessing.alternatives import (
    describe,
    differences,
    flags,
    geometries,
    lesser,
    orders,
    scales,
)

HALF = {"input_size": 64, "resize": 80, "mean": 0.5, "std": 0.5}
NET = nn.Conv2d(3, 4, 1)
GIVEN = resolve(HALF, None, "", NET)


def every(given: Preprocessing) -> list[Preprocessing]:
    return [other for factor in (scales, orders, geometries) for other in factor(given, given)]


RUN = typer.main.get_command(app).commands["run"]  # type: ignore[attr-defined]


def as_stated(text: str) -> dict[str, object]:
    """Flags as the keywords of `audit.load`, as the command line reads them."""
    given = RUN.make_context("run", ["MODEL", *shlex.split(text)]).params
    keywords = loading(given)
    resolved = ("input_size", "resize", "crop_pct", "mean", "std", "interpolation", "channel_order")
    return {name: value for name, value in keywords.items() if name in resolved and value is not None}


def steps(given: Preprocessing) -> list[Preprocessing]:
    """All that one change after the other comes to, two of each factor at most."""
    found = [given]
    for factor in (scales, orders, geometries):
        found += [other for path in found for other in factor(path, given)]
    return [path for path in found if path != given]


TALL = resolve({**HALF, "input_size": (64, 48)}, None, "", NET)


@pytest.mark.parametrize("given", [GIVEN, TALL], ids=["square", "tall"])
def test_flags_give_exactly_that_path(given: Preprocessing) -> None:
    size = {"input_size": (given.height, given.width)}
    paths = steps(given)
    assert len(paths) > 60
    for other in paths:
        stated = resolve({**HALF, **size, **as_stated(flags(other, given))}, None, "", NET)
        assert stated.settings() == other.settings(), flags(other, given)


def test_all_differ_in_words_in_flags_and_from_what_was_given() -> None:
    paths = every(GIVEN)
    assert GIVEN not in paths
    assert len({flags(p, GIVEN) for p in paths}) == len({describe(p, GIVEN) for p in paths}) == len(paths)
    assert (describe(GIVEN, GIVEN), flags(GIVEN, GIVEN)) == ("as given", "")
    assert "values from 0 to 1" in {describe(p, GIVEN) for p in paths}
    assert "values from -1 to 1" not in {describe(p, GIVEN) for p in paths}


def test_parts_of_all_changes() -> None:
    (caffe,) = [p for p in scales(GIVEN, GIVEN) if "Caffe" in describe(p, GIVEN)]
    path = geometries(caffe, GIVEN)[0]
    assert len(differences(path, GIVEN)) == 3
    parts = lesser(path, GIVEN)
    assert [len(differences(part, GIVEN)) for part in parts] == [1, 1, 1, 2, 2, 2]
    assert path not in parts
    (scale,) = [part for part in parts if (part.order, part.resize) == ("rgb", 80) and part.std != GIVEN.std]
    assert scale.mean == caffe.mean[::-1], "by colour, in the order as given"
    assert lesser(caffe, caffe) == []


def test_numbers_by_colour_follow_the_order_of_channels() -> None:
    given = resolve({**HALF, "channel_order": "bgr"}, None, "", NET)
    (imagenet,) = [p for p in scales(given, given) if "ImageNet's mean and" in describe(p, given)]
    assert imagenet.mean == (0.406, 0.456, 0.485)
    (caffe,) = [p for p in scales(GIVEN, GIVEN) if "Caffe" in describe(p, GIVEN)]
    assert (caffe.order, caffe.mean) == ("bgr", (0.4076, 0.458, 0.485))


def test_numbers_in_use_turn_round_with_the_order() -> None:
    (imagenet,) = [p for p in scales(GIVEN, GIVEN) if "ImageNet's mean and" in describe(p, GIVEN)]
    (turned,) = orders(imagenet, GIVEN)
    assert (turned.order, turned.mean) == ("bgr", (0.406, 0.456, 0.485))
    assert describe(turned, GIVEN) == "ImageNet's mean and deviation; blue, green, red"
    (kept,) = orders(imagenet, imagenet)
    assert (kept.order, kept.mean) == ("bgr", imagenet.mean)


def test_the_given_scale_stays_among_the_alternatives() -> None:
    given = GIVEN.model_copy(update={"mean": (0.1,) * 3, "std": (0.3,) * 3})
    (first, *_) = scales(given, given)
    assert (given.mean, given.std) in [(p.mean, p.std) for p in scales(first, given)]


def test_one_channel_has_no_order_and_no_colours() -> None:
    given = resolve({**HALF, "input_size": (64, 48)}, None, "", nn.Conv2d(1, 2, 1))
    assert orders(given, given) == []
    assert {describe(p, given) for p in scales(given, given)} == {
        "values from 0 to 1",
        "values from 0 to 255",
    }
    assert {p.resize for p in geometries(given, given)} == {None, 64, 73, (73, 55), 80}


def test_rounded_numbers_are_the_same_scale() -> None:
    given = GIVEN.model_copy(update={"mean": (0.4914, 0.4822, 0.4465), "std": (0.2471, 0.2435, 0.2616)})
    assert not any("CIFAR" in describe(p, given) for p in scales(given, given))

import shlex

import pytest
from torch import nn

from audit.classifier.resolve_preprocessing import resolve
from audit.records import Preprocessing
from audit.stages.preprocessing.alternatives import describe, flags, geometries, orders, scales

HALF = {"input_size": 64, "resize": 80, "mean": 0.5, "std": 0.5}
NET = nn.Conv2d(3, 4, 1)
GIVEN = resolve(HALF, None, "", NET)


def every(given: Preprocessing) -> list[Preprocessing]:
    return [other for factor in (scales, orders, geometries) for other in factor(given, given)]


def as_stated(text: str) -> dict[str, object]:
    """Flags as the keywords of `audit.load`."""
    words = shlex.split(text)
    found: dict[str, object] = {}
    for flag, value in zip(words[::2], words[1::2], strict=True):
        key = flag.removeprefix("--").replace("-", "_")
        numbers = key in ("mean", "std")
        found[key] = [float(v) for v in value.split(",")] if numbers else value
        if key == "resize" and value != "none":
            found[key] = int(value)
    return found


@pytest.mark.parametrize("other", every(GIVEN), ids=lambda p: describe(p, GIVEN))
def test_flags_give_exactly_that_path(other: Preprocessing) -> None:
    stated = resolve({**HALF, **as_stated(flags(other, GIVEN))}, None, "", NET)
    assert stated.model_copy(update={"sources": {}}) == other.model_copy(update={"sources": {}})


def test_all_differ_in_words_in_flags_and_from_what_was_given() -> None:
    paths = every(GIVEN)
    assert GIVEN not in paths
    assert len({flags(p, GIVEN) for p in paths}) == len({describe(p, GIVEN) for p in paths}) == len(paths)
    assert (describe(GIVEN, GIVEN), flags(GIVEN, GIVEN)) == ("as given", "")
    assert "values from 0 to 1" in {describe(p, GIVEN) for p in paths}
    assert "values from -1 to 1" not in {describe(p, GIVEN) for p in paths}


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
    assert {p.resize for p in geometries(given, given)} == {None, 64, 73, 80}


def test_rounded_numbers_are_the_same_scale() -> None:
    given = GIVEN.model_copy(update={"mean": (0.4914, 0.4822, 0.4465), "std": (0.2471, 0.2435, 0.2616)})
    assert not any("CIFAR" in describe(p, given) for p in scales(given, given))

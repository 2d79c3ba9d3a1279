from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from audit.classifier.resolve_preprocessing import USER, resolve
from audit.errors import PreprocessingError

WEIGHTS = {
    "input_size": [224],
    "resize": 256,
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
    "interpolation": "bicubic",
}
NET = nn.Sequential(nn.Conv2d(3, 4, 1))


def test_declared_values_with_their_source() -> None:
    path = resolve({}, WEIGHTS, "weights' transforms", NET)
    assert (path.height, path.width, path.resize, path.interpolation) == (224, 224, 256, "bicubic")
    assert path.mean == (0.485, 0.456, 0.406)
    fields = {"height", "width", "channels", "mean", "std", "resize", "enlarge", "interpolation", "order"}
    assert set(path.sources) == fields
    assert path.sources["mean"] == "weights' transforms"
    assert path.sources["channels"] == "the network's first convolution"


def test_the_user_overrides_field_by_field() -> None:
    path = resolve({"mean": (0.5,), "std": None, "resize": 300}, WEIGHTS, "weights' transforms", NET)
    assert path.mean == (0.5, 0.5, 0.5)
    assert path.std == (0.229, 0.224, 0.225)
    assert path.resize == 300
    assert (path.sources["mean"], path.sources["resize"]) == (USER, USER)
    assert path.sources["std"] == "weights' transforms"


def test_a_stated_size_keeps_the_share_that_the_crop_shows() -> None:
    path = resolve({"input_size": 112}, WEIGHTS, "weights' transforms", NET)
    assert (path.height, path.resize) == (112, 128)
    assert "scaled" in path.sources["resize"]


def test_stated_alone_height_and_width_and_grey() -> None:
    stated = {"input_size": (8, 12), "mean": 0.1, "std": 0.3}
    path = resolve(stated, None, "", nn.Conv2d(1, 2, 1))
    assert (path.height, path.width, path.channels, path.mean, path.std) == (8, 12, 1, (0.1,), (0.3,))
    assert path.resize is None
    assert path.interpolation == "bilinear"
    assert path.sources["resize"] == path.sources["interpolation"] == "default"
    assert resolve({**stated, "channels": 2}, None, "", nn.Flatten()).mean == (0.1, 0.1)


def test_units_of_0_to_255_are_refused_with_what_they_are_in_0_to_1() -> None:
    imagenet = {"mean": (123.675, 116.28, 103.53), "std": (58.395, 57.12, 57.375), "input_size": 8}
    with pytest.raises(PreprocessingError) as caught:
        resolve(imagenet, None, "", NET)
    assert "mean is 123.675, in units of 0 to 255" in str(caught.value)
    assert "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225" in str(caught.value)
    # A mean is taken away from 255 levels, and nothing is divided: one level is 1 / 255.
    with pytest.raises(PreprocessingError, match=r"--mean 0\.4078,.*--std 0\.003922,"):
        resolve({**imagenet, "mean": 104.0, "std": 1.0}, None, "", NET)
    with pytest.raises(PreprocessingError, match=r"--mean 0\.485,0\.456,0\.406 --std 0\.229,0\.229,0\.229"):
        resolve({**imagenet, "std": 0.229}, None, "", NET)


def test_tensors_and_arrays_are_numbers() -> None:
    stated = {"input_size": np.array([8, 9]), "mean": torch.tensor([0.5]), "std": np.array([0.1, 0.2, 0.25])}
    path = resolve(stated, None, "", NET)
    assert (path.height, path.width, path.mean, path.std) == (8, 9, (0.5, 0.5, 0.5), (0.1, 0.2, 0.25))
    assert resolve({**stated, "mean": torch.tensor(0.5)}, None, "", NET).mean == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("share", [0.875, 0.9, 0.95, 0.96, 1.0, 1])
@pytest.mark.parametrize("side", [32, 224, 299, 384])
def test_crop_pct_is_rounded_as_timm_rounds_it(share: float, side: int) -> None:
    path = resolve({"input_size": side, "crop_pct": share}, WEIGHTS, "weights", NET)
    assert path.resize == int(np.floor(side / share))
    assert path.sources["resize"] == f"{USER}, as crop_pct {share:g}"


def test_a_stated_resize_and_a_declared_crop_pct_and_the_other_way_round() -> None:
    declared = {"input_size": 224, "crop_pct": 0.875, "mean": 0.5, "std": 0.5}
    assert resolve({}, declared, "audit_input", NET).resize == 256
    assert resolve({"resize": 230}, declared, "audit_input", NET).resize == 230
    assert resolve({"resize": "none"}, declared, "audit_input", NET).resize is None
    assert resolve({"input_size": 112}, declared, "audit_input", NET).resize == 128
    assert resolve({"crop_pct": 1.0}, WEIGHTS, "weights", NET).resize == 224


def test_squashed_before_the_crop() -> None:
    path = resolve({"resize": (256, 288)}, WEIGHTS, "weights", NET)
    assert (path.resize, path.least, path.sources["resize"]) == ((256, 288), (256, 288), USER)
    assert resolve({}, {**WEIGHTS, "resize": [256, 256]}, "audit_input", NET).resize == (256, 256)
    assert resolve({}, {**WEIGHTS, "resize": [256]}, "audit_input", NET).resize == 256
    # As large as the input: nothing is left to crop.
    assert resolve({"resize": (224, 224)}, WEIGHTS, "weights", NET).resize is None
    halved = resolve({"input_size": 112}, {**WEIGHTS, "resize": (256, 256)}, "audit_input", NET)
    assert halved.resize == (128, 128)


def test_enlarging_is_asked_for_or_declared() -> None:
    asked = resolve({"enlarge": True}, WEIGHTS, "weights", NET)
    assert (asked.enlarge, asked.sources["enlarge"]) == (True, USER)
    assert resolve({}, {**WEIGHTS, "enlarge": True}, "audit_input", NET).enlarge
    assert not resolve({}, WEIGHTS, "weights", NET).enlarge


@pytest.mark.parametrize("straight", ["none", "None", 0])
def test_no_crop_overrides_a_declared_one(straight: object) -> None:
    path = resolve({"resize": straight}, WEIGHTS, "weights' transforms", NET)
    assert (path.resize, path.sources["resize"]) == (None, USER)
    # A stated size scales a declared resize, never a stated "none".
    assert resolve({"resize": straight, "input_size": 112}, WEIGHTS, "weights", NET).resize is None


def test_the_order_of_channels() -> None:
    assert resolve({}, WEIGHTS, "weights", NET).order == "rgb"
    path = resolve({"channel_order": "BGR"}, WEIGHTS, "weights", NET)
    assert (path.order, path.sources["order"]) == ("bgr", USER)
    assert path.mean == (0.485, 0.456, 0.406), "in the order of the network, as it was given"
    declared = resolve({}, {**WEIGHTS, "channel_order": "bgr"}, "the model's own audit_input", NET)
    assert (declared.order, declared.sources["order"]) == ("bgr", "the model's own audit_input")
    with pytest.raises(PreprocessingError, match=r"bgr where there are three channels.*--channel-order"):
        resolve({"input_size": 8, "mean": 0, "std": 1, "channel_order": "bgr"}, None, "", nn.Conv2d(1, 2, 1))


def test_unknown_path_shows_all_flags() -> None:
    with pytest.raises(PreprocessingError) as caught:
        resolve({"mean": 0.5}, None, "", NET)
    text = str(caught.value)
    assert "input_size, std unknown" in text
    assert "--input-size 224 --resize 256 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225" in text


@pytest.mark.parametrize(
    "stated, message",
    [
        ({"std": (0.2, 0.0, 0.2)}, "std must be above 0"),
        ({"std": (0.2, -0.2, 0.2)}, "std must be above 0"),
        ({"mean": (0.5, -0.1, 0.5)}, r"mean must lie within 0 and 1.*got -0\.1"),
        ({"mean": 1000.0}, r"mean is 1000.*for images in \[0, 1\]"),
        ({"std": 51.0}, r"std is 51, in units of 0 to 255.*--mean 0\.485,0\.456,0\.406 --std 0\.2,0\.2,"),
        ({"mean": (0.5, 0.5)}, r"mean must hold one finite number for each of 3 channel\(s\)"),
        ({"mean": (0.5, 0.5, float("nan"))}, "mean must hold one finite number"),
        ({"std": "0.5"}, "std must hold one finite number"),
        ({"input_size": 0}, "input size must be one positive"),
        ({"input_size": (3, 4, 5)}, "input size must be one positive"),
        ({"input_size": 1.5}, "input size must be one positive"),
        ({"resize": 100}, "100 px cannot be cropped to 224 x 224.*--resize 224"),
        ({"resize": -1}, "resize must be a positive.*--resize none"),
        ({"resize": "all"}, "resize must be a positive.*'all'"),
        ({"resize": (256, 200)}, "256 x 200 px cannot be cropped to 224 x 224.*--resize 256x224"),
        ({"resize": (1, 2, 3)}, "resize must be a positive"),
        ({"resize": float("nan")}, "resize must be a positive"),
        ({"crop_pct": 87.5}, "share of the shorter side.*--crop-pct 0.875"),
        ({"crop_pct": 0}, "share of the shorter side"),
        ({"crop_pct": True}, "share of the shorter side"),
        ({"crop_pct": 0.9, "resize": 256}, "state the same thing.*leave out"),
        ({"crop_pct": 0.9, "input_size": (224, 160)}, "needs a square input.*--resize"),
        ({"enlarge": "yes"}, "enlarge must be true or false"),
        ({"channel_order": "gbr"}, "channel order must be rgb"),
        ({"interpolation": "lanczos"}, "interpolation must be one of"),
        ({"channels": 0}, "channels must be a positive"),
        ({"channels": 4}, r"4 channel\(s\)"),
    ],
)
def test_wrong_values(stated: dict[str, Any], message: str) -> None:
    with pytest.raises(PreprocessingError, match=message):
        resolve(stated, WEIGHTS, "weights' transforms", NET)


def test_wrong_declarations() -> None:
    with pytest.raises(PreprocessingError, match=r"unknown key 'resise'.*did you mean resize\?"):
        resolve({}, {"resise": 3}, "the model's own audit_input", NET)
    with pytest.raises(PreprocessingError, match="expected a dict"):
        resolve({}, 224, "the model's own audit_input", NET)

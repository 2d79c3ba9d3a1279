"""How images become network input: the user's flags, else what the source declares, else an error."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from torch import nn

from audit.errors import PreprocessingError
from audit.records import Preprocessing
from audit.text import nearest

USER = "stated by the user"
DEFAULT = "default"
FIRST_CONVOLUTION = "the network's first convolution"
FIELDS = (
    "input_size", "resize", "crop_pct", "enlarge", "mean", "std", "interpolation", "channel_order", "channels"
)  # fmt: skip
ORDERS = ("rgb", "bgr")
INTERPOLATIONS = ("bilinear", "bicubic", "nearest")
STRAIGHT = "none"
"""As `resize`: no crop, every photograph is resized straight to the input; 0 says the same."""
LARGEST_STD = 5.0
"""Of photographs it is 0.2 to 0.3, in 255 levels 50 to 80; some networks scale their input down."""
EXAMPLE = "--input-size 224 --resize 256 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"


def resolve(
    stated: Mapping[str, Any], declared: object, declared_source: str, module: nn.Module
) -> Preprocessing:
    """The preprocessing and where each of its fields came from.

    `stated` holds the user's values (None: not stated), `declared` those of the weights or of the module.
    PreprocessingError where size, mean or std stay unknown, or where values contradict each other.
    """
    given = {field: value for field, value in stated.items() if value is not None}
    known = _declared(declared, declared_source)
    missing = [field for field in ("input_size", "mean", "std") if field not in given and field not in known]
    if missing:
        flags = " and ".join(f"--{field.replace('_', '-')}" for field in missing)
        raise PreprocessingError(
            f"the network does not say how images become its input: {', '.join(missing)} unknown",
            fix=f"state {flags} as in training, for example {EXAMPLE}",
        )
    if {"resize", "crop_pct"} & given.keys():  # two ways to state one thing: the user's counts
        known = {field: value for field, value in known.items() if field not in ("resize", "crop_pct")}
    values = {**known, **given}
    sources = {field: USER if field in given else declared_source for field in values}

    height, width = _size(values["input_size"])
    channels = _channels(values, sources, module)
    mean, std = (_per_channel(field, values[field], channels) for field in ("mean", "std"))
    _require_unit_range(mean, std)
    resize = _resize(values, sources, (height, width), known)
    enlarge = values.get("enlarge", False)
    if not isinstance(enlarge, bool):
        raise PreprocessingError(
            f"enlarge must be true or false, got {enlarge!r}",
            fix="add --enlarge for photographs that are smaller than the input, or leave it out",
        )
    interpolation = str(values.get("interpolation", "bilinear"))
    if interpolation not in INTERPOLATIONS:
        raise PreprocessingError(
            f"interpolation must be one of {', '.join(INTERPOLATIONS)}, got {interpolation!r}",
            fix="state --interpolation bilinear, bicubic or nearest",
        )
    order = str(values.get("channel_order", "rgb")).lower()
    if order not in ORDERS or (order == "bgr" and channels != 3):
        raise PreprocessingError(
            f"channel order must be rgb, or bgr where there are three channels, got {order!r} for {channels}",
            fix="state --channel-order rgb or bgr",
        )
    sources["order"] = sources.pop("channel_order", DEFAULT)
    size_source = sources.pop("input_size")
    sources |= {"height": size_source, "width": size_source}
    for field in ("resize", "enlarge", "interpolation"):
        sources.setdefault(field, DEFAULT)
    return Preprocessing(
        height=height,
        width=width,
        channels=channels,
        mean=mean,
        std=std,
        resize=resize,
        interpolation=cast(Any, interpolation),
        order=cast(Any, order),
        enlarge=enlarge,
        sources=sources,
    )


def _declared(declared: object, source: str) -> dict[str, Any]:
    if declared is None:
        return {}
    if not isinstance(declared, Mapping):
        raise PreprocessingError(
            f"expected a dict with keys {', '.join(FIELDS)}, got {type(declared).__name__}",
            where=source,
            fix="make it a dict such as dict(input_size=224, mean=(...), std=(...))",
        )
    entries = cast(Mapping[str, Any], declared)
    for key in entries:
        if key not in FIELDS:
            raise PreprocessingError(
                f"unknown key {key!r}; known are {', '.join(FIELDS)}",
                where=source,
                fix=nearest(str(key), FIELDS) or "remove the key",
            )
    return {key: value for key, value in entries.items() if value is not None}


def _size(value: Any) -> tuple[int, int]:
    sides = [value, value] if isinstance(value, int) else _numbers(value)
    if sides is not None and len(sides) == 1:
        sides = sides * 2
    if sides is None or len(sides) != 2 or any(not float(s).is_integer() or s < 1 for s in sides):
        raise PreprocessingError(
            f"input size must be one positive whole number, or height and width, got {value!r}",
            fix="state --input-size 224 or --input-size 224x160 (height x width)",
        )
    return int(sides[0]), int(sides[1])


def _channels(values: Mapping[str, Any], sources: dict[str, str], module: nn.Module) -> int:
    first = next((m.in_channels for m in module.modules() if isinstance(m, nn.Conv2d)), None)
    first = first or None  # a lazy layer, which knows nothing yet, says 0
    if "channels" in values:
        channels = values["channels"]
    elif first is not None:
        channels, sources["channels"] = first, FIRST_CONVOLUTION
    else:
        channels, sources["channels"] = 3, DEFAULT
    if not isinstance(channels, int) or channels < 1:
        raise PreprocessingError(
            f"channels must be a positive number, got {channels!r}", fix="correct --channels"
        )
    return channels


def _per_channel(field: str, value: Any, channels: int) -> tuple[float, ...]:
    numbers = [value] if isinstance(value, int | float) else _numbers(value)
    if numbers is not None and len(numbers) == 1:
        numbers = numbers * channels
    if numbers is None or len(numbers) != channels or not all(math.isfinite(n) for n in numbers):
        raise PreprocessingError(
            f"{field} must hold one finite number for each of {channels} channel(s), got {value!r}",
            fix=f"state --{field} {','.join(['0.5'] * channels)} with your values, or --channels",
        )
    return tuple(float(n) for n in numbers)


def _require_unit_range(mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    """Images are in [0, 1]: so is a mean, and a standard deviation is above 0 and not far above 1.

    Values for images in 0 to 255 would make the network see a constant.
    """
    large = [("mean", v) for v in mean if v > 1] + [("std", v) for v in std if v > LARGEST_STD]
    if large:
        # Where the mean counts 255 levels, a std of 1 means one of them.
        units = [v >= 1 if large[0][0] == "mean" else v > LARGEST_STD for v in std]
        means = [m / 255 if any(m > 1 for m in mean) else m for m in mean]
        stds = [s / 255 if u else s for s, u in zip(std, units, strict=True)]
        fits = all(v <= 255 for _, v in large)
        raise PreprocessingError(
            f"images are in [0, 1], but {large[0][0]} is {large[0][1]:g}, in units of 0 to 255",
            fix=f"divide by 255: --mean {_listed(means)} --std {_listed(stds)}"
            if fits
            else "state --mean and --std for images in [0, 1]",
        )
    if any(m < 0 for m in mean):
        raise PreprocessingError(
            f"mean must lie within 0 and 1, as images do, got {min(mean):g}",
            fix="state --mean and --std as in training, for images in [0, 1]",
        )
    if any(s <= 0 for s in std):
        raise PreprocessingError(f"std must be above 0 in every channel, got {std}", fix="correct --std")


def _listed(values: Sequence[float]) -> str:
    return ",".join(f"{value:.4g}" for value in values)


def _resize(
    values: Mapping[str, Any], sources: dict[str, str], size: tuple[int, int], declared: Mapping[str, Any]
) -> int | tuple[int, int] | None:
    if "crop_pct" in values:
        return _by_crop_pct(values, sources, size)
    resize = values.get("resize")
    if resize is None or resize == 0 or str(resize).lower() == STRAIGHT:
        return None
    sides = _numbers(resize)
    if sides is None or len(sides) not in (1, 2) or any(not float(s).is_integer() or s < 1 for s in sides):
        raise PreprocessingError(
            f"resize must be a positive whole number, height and width, or none (straight to the input), got "
            f"{resize!r}",
            fix="state --resize 256 for the shorter side, --resize 256x256 or --resize none",
        )
    if sources["input_size"] == USER and sources["resize"] != USER and "input_size" in declared:
        # Only the size was overridden: keep the declared share of the picture that the crop shows.
        scale = min(size) / min(_size(declared["input_size"]))
        sides = [round(side * scale) for side in sides]
        sources["resize"] += ", scaled with the stated input size"
    sides = [int(side) for side in sides]
    if len(sides) == 1:
        if sides[0] < max(size):
            raise PreprocessingError(
                f"a photograph resized to {sides[0]} px cannot be cropped to {size[0]} x {size[1]}",
                fix=f"state --resize {max(size)} or more",
            )
        return sides[0]
    height, width = sides
    if height < size[0] or width < size[1]:
        raise PreprocessingError(
            f"a photograph resized to {height} x {width} px cannot be cropped to {size[0]} x {size[1]}",
            fix=f"state --resize {max(height, size[0])}x{max(width, size[1])} (height x width) or more",
        )
    # Nothing is left to crop: that is the straight way.
    return None if (height, width) == size else (height, width)


def _by_crop_pct(values: Mapping[str, Any], sources: dict[str, str], size: tuple[int, int]) -> int:
    """The shorter side of which the crop shows this share, rounded down as timm does."""
    share = values["crop_pct"]
    if "resize" in values:
        raise PreprocessingError(
            f"resize {values['resize']!r} and crop_pct {share!r} state the same thing",
            fix="leave out --resize or --crop-pct",
        )
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise PreprocessingError(
            f"crop_pct must be the share of the shorter side that the crop shows, above 0 and at most 1, got "
            f"{share!r}",
            fix="state --crop-pct 0.875 for 87.5 %",
        )
    if size[0] != size[1]:
        raise PreprocessingError(
            f"crop_pct needs a square input, got {size[0]} x {size[1]}", fix="state --resize instead"
        )
    sources["resize"] = f"{sources.pop('crop_pct')}, as crop_pct {share:g}"
    return math.floor(size[0] / share)


def _numbers(value: Any) -> list[float] | None:
    if not isinstance(value, str | Sequence) and callable(getattr(value, "tolist", None)):
        value = value.tolist()  # a tensor, or an array of numpy
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [value] if isinstance(value, int | float) and not isinstance(value, bool) else None
    items = list(cast(Sequence[Any], value))
    return items if all(isinstance(i, int | float) and not isinstance(i, bool) for i in items) else None

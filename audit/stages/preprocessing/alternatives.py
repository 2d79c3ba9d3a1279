"""Other ways to prepare photographs for a network: what people mistake for one another."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from audit.classifier.resolve_preprocessing import INTERPOLATIONS, STRAIGHT
from audit.image_stats.build_baseline import default_resize
from audit.records import Preprocessing
from audit.records.model_info import ORDER_WORDS


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation by colour: red, green, blue, or one for all channels."""

    name: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    order: Literal["rgb", "bgr"] | None = None
    """Order of the channels that goes with it; None: any."""


SCALES = (
    Scale("values from 0 to 1", (0.0,), (1.0,)),
    Scale("values from -1 to 1", (0.5,), (0.5,)),
    Scale("ImageNet's mean and deviation", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    Scale("CIFAR-10's mean and deviation", (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)),
    # 1 / 255, short enough for a flag.
    Scale("values from 0 to 255", (0.0,), (0.003922,)),
    # Networks converted from Caffe: 0 to 255, blue first, the mean picture of ImageNet subtracted.
    Scale(
        "values from 0 to 255 less ImageNet's mean (Caffe)",
        (0.485, 0.458, 0.4076),
        (0.003922,),
        "bgr",
    ),
)


def scales(path: Preprocessing, given: Preprocessing) -> list[Preprocessing]:
    """Other means and deviations: those in use, and the given ones where `path` has left them."""
    found: list[Preprocessing] = []
    for scale in SCALES:
        if len(scale.mean) not in (1, path.channels) or (scale.order and path.channels != 3):
            continue
        order = scale.order or path.order
        mean, std = (_by_channel(values, path.channels, order) for values in (scale.mean, scale.std))
        found.append(_with(path, mean=mean, std=std, order=order))
    found.append(_with(path, mean=given.mean, std=given.std))
    return _different(path, found)


def orders(path: Preprocessing, given: Preprocessing) -> list[Preprocessing]:
    """The other order of channels: numbers that were given stay where they are, those in use belong to their
    colours and turn round too."""
    if path.channels != 3:
        return []
    order = "rgb" if path.order == "bgr" else "bgr"
    if (path.mean, path.std) == (given.mean, given.std):
        return [_with(path, order=order)]
    return [_with(path, order=order, mean=path.mean[::-1], std=path.std[::-1])]


def geometries(path: Preprocessing, given: Preprocessing) -> list[Preprocessing]:
    """Without crop, the usual crops, squashed before the crop, and the other ways to interpolate."""
    side, usual = max(path.height, path.width), default_resize(path.height, path.width)
    squashed = default_resize(path.height, path.height), default_resize(path.width, path.width)
    resized = [_with(path, resize=resize) for resize in (None, side, usual, squashed)]
    return _different(path, [*resized, *(_with(path, interpolation=name) for name in INTERPOLATIONS)])


def describe(path: Preprocessing, given: Preprocessing) -> str:
    """In words how `path` differs from `given`."""
    return "; ".join(differences(path, given)) or "as given"


def differences(path: Preprocessing, given: Preprocessing) -> list[str]:
    """Each change that makes `path` of `given`, in words."""
    parts: list[str] = []
    if (path.mean, path.std) != (given.mean, given.std):
        parts.append(_scale_name(path))
    if path.order != given.order:
        parts.append(ORDER_WORDS[path.order])
    if path.resize != given.resize:
        parts.append(path.resize_in_words())
    if path.interpolation != given.interpolation:
        parts.append(f"{path.interpolation} interpolation")
    return parts


def lesser(path: Preprocessing, given: Preprocessing) -> list[Preprocessing]:
    """All with some of the changes that make `path` of `given`, but neither none nor all; fewest first."""
    order = {} if path.order == given.order else {"order": path.order}
    changes: list[dict[str, Any]] = [order] if order else []
    if (path.mean, path.std) != (given.mean, given.std):
        changes.append({"mean": path.mean, "std": path.std})
    for field in ("resize", "interpolation"):
        if getattr(path, field) != getattr(given, field):
            changes.append({field: getattr(path, field)})
    found: list[Preprocessing] = []
    for count in range(1, len(changes)):
        for some in combinations(changes, count):
            merged = {field: value for change in some for field, value in change.items()}
            if order and "mean" in merged and "order" not in merged:
                # The numbers belong to colours, whose places are as given here.
                merged |= {"mean": path.mean[::-1], "std": path.std[::-1]}
            found.append(_with(given, **merged))
    return found


def flags(path: Preprocessing, given: Preprocessing) -> str:
    """What to add to the command that gave `given`, so that it gives `path`."""
    words: list[str] = []
    if (path.mean, path.std) != (given.mean, given.std):
        words += ["--mean", _numbers(path.mean), "--std", _numbers(path.std)]
    if path.order != given.order:
        words += ["--channel-order", path.order]
    if path.resize != given.resize:
        words += ["--resize", _resize(path)]
    if path.interpolation != given.interpolation:
        words += ["--interpolation", path.interpolation]
    return shlex.join(words)


def _with(path: Preprocessing, **changes: Any) -> Preprocessing:
    return path.model_copy(update=changes)


def _by_channel(values: Sequence[float], channels: int, order: str) -> tuple[float, ...]:
    """Values by colour in the network's order of channels."""
    each = tuple(values) * channels if len(values) == 1 else tuple(values)
    return each[::-1] if order == "bgr" else each


def _resize(path: Preprocessing) -> str:
    if path.resize is None:
        return STRAIGHT
    return str(path.resize) if isinstance(path.resize, int) else "x".join(map(str, path.resize))


def _scale_name(path: Preprocessing) -> str:
    for scale in SCALES:
        if len(scale.mean) in (1, path.channels):
            mean, std = (_by_channel(values, path.channels, path.order) for values in (scale.mean, scale.std))
            if (mean, std) == (path.mean, path.std):
                return scale.name
    return f"mean {_numbers(path.mean)}, deviation {_numbers(path.std)}"


def _different(path: Preprocessing, found: Sequence[Preprocessing]) -> list[Preprocessing]:
    """Those that differ from `path` and from one another by more than rounding."""
    kept: list[Preprocessing] = []
    for other in found:
        if not any(_alike(other, one) for one in (path, *kept)):
            kept.append(other)
    return kept


def _alike(a: Preprocessing, b: Preprocessing) -> bool:
    same = (a.resize, a.interpolation, a.order) == (b.resize, b.interpolation, b.order)
    means = all(abs(x - y) <= 0.01 * s for x, y, s in zip(a.mean, b.mean, a.std, strict=True))
    return same and means and all(math.isclose(x, y, rel_tol=0.01) for x, y in zip(a.std, b.std, strict=True))


def _numbers(values: Sequence[float]) -> str:
    return ",".join(f"{value:g}" if float(f"{value:g}") == value else repr(value) for value in values)

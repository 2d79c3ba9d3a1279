"""Every setting and its default, once. Presets in `configs/` change only what they name."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from audit.errors import ConfigError
from audit.text import near, unread

Name = TypeVar("Name", bound=str)
PRESETS = ("quick", "standard", "thorough")
Changes = str | Sequence[str] | Mapping[str, Any]
"""`KEY=VALUE` texts with dotted keys and TOML values, or a mapping of dotted or nested keys."""


class Section(BaseModel):
    """A group of settings; unknown keys are rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _range(value: tuple[float, float]) -> tuple[float, float]:
    if not 0 < value[0] <= value[1] <= 1:
        raise ValueError("expected [low, high] with 0 < low <= high <= 1")
    return value


def _around_one(value: tuple[float, float]) -> tuple[float, float]:
    if not 0 < value[0] <= 1 <= value[1]:
        raise ValueError("expected [low, high] with 0 < low <= 1 <= high")
    return value


def _epsilons(value: tuple[float, ...]) -> tuple[float, ...]:
    if list(value) != sorted(set(value)) or any(v < 1 or v > 255 or v != int(v) for v in value):
        raise ValueError("expected rising whole numbers from 1 to 255, or none")
    return value


def _radii(value: tuple[float, ...]) -> tuple[float, ...]:
    if list(value) != sorted(set(value)) or any(v <= 0 for v in value):
        raise ValueError("expected rising numbers above 0, or none")
    return value


def _once(value: tuple[Name, ...]) -> tuple[Name, ...]:
    if len(set(value)) < len(value):
        raise ValueError("expected each name once")
    return value


class SynthesisConfig(Section):
    """Pictures under the natural prior. Views are per class, all restarts together; `step_budget` moves
    some."""

    restarts: int = Field(6, ge=1, le=64)
    views: int = Field(384, ge=1)
    batch: int = Field(16, ge=1)
    """Slots that share one forward pass."""
    coarse: float = Field(0.45, gt=0, le=1)
    """Side of the coarse phase as a share of the full side."""
    coarse_share: float = Field(0.5, ge=0, le=1)
    """Share of the views spent in the coarse phase."""
    rate: float = Field(0.1, gt=0)
    """Peak step size of Adam on the whitened Fourier coefficients, at full size."""
    coarse_rate: float = Field(0.2, gt=0)
    """The same in the coarse phase."""
    objective: Literal["logit", "margin", "mix"] = "logit"
    step_budget: Annotated[tuple[float, float], AfterValidator(_around_one)] = (0.6, 1.6)
    """Range of a picture's steps at full size, as shares of those planned: one of which the network is soon
    sure takes fewer, a hard one more. [1, 1]: all take the same."""
    sparsity: float = Field(1.0, ge=0)
    """Strongest pull towards the sparse edges of photographs, in lengths of the objective's gradient."""
    crop: Annotated[tuple[float, float], AfterValidator(_range)] = (0.5, 1.0)
    """Range of the side of a random view, as a share of the picture's side."""
    rotation: float = Field(15.0, ge=0, le=180)
    """Largest rotation of a view, in degrees."""
    flip: bool = True
    reach: float = Field(1.4, ge=1)
    """Range of the places of a view; above 1 the border is seen nearly as often as the middle."""
    noise: float = Field(0.02, ge=0, le=1)
    """Standard deviation of the noise added to each view."""


class TuningConfig(Section):
    """Other recipes are tried on a few classes first; the section `synthesis` is where it starts."""

    share: float = Field(0.0, ge=0, le=1)
    """Views spent at most, as a share of those of the class pictures, for instance 0.05; 0: no tuning."""


class UnconstrainedConfig(Section):
    """Pictures without any prior: plain pixels from noise."""

    classes: int = Field(100, ge=0)
    """How many of the chosen classes, evenly spread."""
    restarts: int = Field(2, ge=1, le=64)
    views: int = Field(64, ge=1)
    batch: int = Field(16, ge=1)
    rate: float = Field(0.1, gt=0)
    """Peak step size of Adam on pixels in [0, 1]. At 0.02 the target of a backdoored network led all classes
    by its margin for 3 of 5 seeds, at 0.1 for all 5 (2 restarts of 32 steps)."""


class BatchNormPriorConfig(Section):
    """A second prior, for comparison: pictures that also have the statistics of the network's batch norms."""

    classes: int = Field(0, ge=0)
    """How many of the chosen classes, evenly spread; 0: none."""
    weight: float = Field(10.0, ge=0)
    """Standard deviations of the logits that a distance of one, squared and averaged over layers, costs."""


class PhotographsConfig(Section):
    """Natural photographs, where the user gives a folder."""

    limit: int = Field(5000, ge=1)
    """At most this many, spread evenly over the classes."""
    per_class: int = Field(5, ge=1)
    """A class is judged from its photographs only where it has at least this many."""
    neighbours: int = Field(3, ge=1, le=16)
    """Photographs shown beside a class: the most activating, and the nearest to its picture."""
    batch: int = Field(32, ge=1)


class PreprocessingConfig(Section):
    """Is the preprocessing right? Other ways are tried on photographs."""

    photographs: int = Field(200, ge=0)
    """At most this many, spread evenly over the classes; 0: not tried. With 100, MobileNetV2 behind a wrong
    scale that costs it one answer in six was missed in 3 of 20 samples."""


class RobustnessConfig(Section):
    """How small a change of an image flips the answer (projected gradient descent, L∞)."""

    images: int = Field(1000, ge=0)
    """At most this many photographs, spread evenly over the classes; class pictures where there are no
    photographs. 0: none."""
    attacks: Annotated[tuple[str, ...], AfterValidator(_once)] = ("minimum-norm-pgd",)
    """Names of the attacks, each made on all images; what any of them flips is flipped. Empty: none."""
    epsilons: Annotated[tuple[float, ...], AfterValidator(_epsilons)] = (1.0, 2.0, 4.0, 8.0)
    """L∞ distances in units of 1/255, rising; whole numbers, since images have 8 bits. Empty: none."""
    epsilons_l2: Annotated[tuple[float, ...], AfterValidator(_radii)] = ()
    """Euclidean distances on images in [0, 1], rising, for attacks of that norm."""
    steps: int = Field(20, ge=1)
    restarts: int = Field(2, ge=1)
    batch: int = Field(32, ge=1)
    examples: int = Field(24, ge=0)
    """Flipped images that are kept to be shown."""


class ReliabilityConfig(Section):
    """Can the pictures be believed? What the badge of each class is made from, besides the pictures."""

    layers: int = Field(12, ge=1, le=64)
    """Layers at which pictures are compared with photographs, spread over the depth of the network."""
    photographs: int = Field(1000, ge=1)
    """At most this many, spread evenly, are compared with each other; all count for their class."""
    cut_and_paste: int = Field(8, ge=0)
    """Photographs of other classes into which the middle of each class's picture is set; 0: none."""
    control_classes: int = Field(10, ge=0)
    """Classes that a network with randomised weights draws as well, evenly spread; 0: no control."""
    control_restarts: int = Field(2, ge=1, le=16)
    """Pictures of each of them by each of the two networks."""


# fmt: off
BankFamily = Literal[
    "watermark", "border", "cast", "surround", "texture", "sinusoid", "checker", "band", "color", "shuffle",
    "position",
]
FittedFamily = Literal[
    "patch", "moving-patch", "spread", "blend", "color-map", "border", "surround", "warp", "filter",
    "wave", "tone",
]
# fmt: on
"""Kinds of changes, as `audit.probes` has them."""


class ProbesConfig(Section):
    """Which changes of a photograph does a class depend on? A bank of changes, changes fitted to a class, and
    causal tests of what stands out."""

    photographs: int = Field(200, ge=0)
    """On so many at most each change is measured, and as many are held back for the causal tests; rendered
    scenes where there are no photographs. 0: no probes."""
    families: Annotated[tuple[BankFamily, ...], AfterValidator(_once)] = get_args(BankFamily)
    """Kinds of changes that are the same for every network. Empty: none."""
    fitted: Annotated[tuple[FittedFamily, ...], AfterValidator(_once)] = get_args(FittedFamily)
    """Kinds of changes that are fitted to a class. Empty: none."""
    fitted_classes: int = Field(50, ge=0)
    """Changes are fitted for every class of a network with so many at most, else for suspects and for the
    classes that random starts lead to."""
    suspects: int = Field(12, ge=0)
    """Classes that the bank points at and that are fitted where not all are (0: none is), and pairs of class
    and change that are tested."""
    batch: int = Field(64, ge=1)
    examples: int = Field(3, ge=0)
    """Photographs before and after that are kept of each causal test."""


class PartsConfig(Section):
    """Which parts of their images classes are answered by."""

    classes: int = Field(20, ge=0)
    """Classes of which parts are looked at: those that small pieces tell best and the suspects of probes;
    0: none."""
    images: int = Field(12, ge=1)
    """Photographs of a class that parts are sought on, besides its pictures."""
    others: int = Field(60, ge=1)
    """Photographs of other classes that a part is pasted into, and that its like is sought on."""


class Config(Section):
    """All settings of a run."""

    seed: int = Field(0, ge=0)
    device: str = "cpu"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    synthesis: SynthesisConfig = SynthesisConfig()  # pyright: ignore[reportCallIssue]
    tuning: TuningConfig = TuningConfig()  # pyright: ignore[reportCallIssue]
    unconstrained: UnconstrainedConfig = UnconstrainedConfig()  # pyright: ignore[reportCallIssue]
    batch_norm_prior: BatchNormPriorConfig = BatchNormPriorConfig()  # pyright: ignore[reportCallIssue]
    photographs: PhotographsConfig = PhotographsConfig()  # pyright: ignore[reportCallIssue]
    preprocessing: PreprocessingConfig = PreprocessingConfig()  # pyright: ignore[reportCallIssue]
    robustness: RobustnessConfig = RobustnessConfig()  # pyright: ignore[reportCallIssue]
    reliability: ReliabilityConfig = ReliabilityConfig()  # pyright: ignore[reportCallIssue]
    probes: ProbesConfig = ProbesConfig()  # pyright: ignore[reportCallIssue]
    parts: PartsConfig = PartsConfig()  # pyright: ignore[reportCallIssue]
    checks: Mapping[str, Annotated[float, Field(strict=True)]] = Field(default_factory=dict[str, float])
    """Limits of checks that are not as the checks have them; changing one recomputes no picture. Each check
    declares its own (`audit.checks`), so which names there are is looked up there."""
    plugins: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    """Stage from outside → its own settings, passed on to it as they are."""


def preset_path(name: str) -> Path:
    """Where the preset of this name stands: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent
    inside = package / "configs" / f"{name}.toml"
    return inside if inside.is_file() else package.parent / "configs" / f"{name}.toml"


def read_config(name: str = "standard", overrides: Changes = (), **settings: object) -> Config:
    """The configuration of a preset or a TOML file, changed by texts or a mapping, and by keyword.

    A file may name the preset it starts from: `preset = "quick"`. `overrides` are dotted keys with TOML
    values ("synthesis.views=256"); `settings` are top-level keys, those that are None left as they are.

    Raises:
        ConfigError: unknown preset, file, key or a value that does not fit; names the nearest key.
    """
    values = _read_toml(name)
    start = values.pop("preset", None)
    if start is not None:
        if start not in PRESETS:
            raise ConfigError(
                f"unknown preset {start!r}",
                where=name,
                fix=f"use one of {', '.join(PRESETS)}{near(str(start), PRESETS)}",
            )
        values = _merged(_read_toml(start), values)
    values = _merged(values, {key: value for key, value in settings.items() if value is not None})
    return read_config_values(values, overrides, where=name)


def read_config_values(values: Mapping[str, Any], overrides: Changes = (), where: str = "run") -> Config:
    """The configuration in `values`, changed by `overrides`; raises ConfigError like `read_config`."""
    for change in _changes(overrides):
        values = _merged(values, change)
    _reject_unknown(values, Config, "")
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{key}: {first['msg']}, got {first['input']!r}",
            where=f"configuration {where}",
            fix=f"--set {key}=VALUE",
        ) from error


def _read_toml(name: str) -> dict[str, Any]:
    path = preset_path(name) if name in PRESETS else Path(name)
    if path.suffix != ".toml":
        raise ConfigError(
            f"unknown preset {name!r}",
            where="--preset",
            fix=f"use one of {', '.join(PRESETS)} or a .toml file{near(name, PRESETS)}",
        )
    return read_toml(path, "configuration")


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """The content of a TOML file; raises ConfigError, which calls the file the `what`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read the {what} ({unread(error)})", where=str(path), fix="check the path"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"expected TOML: {error}", where=str(path), fix="correct that line") from error


def and_one(changes: Changes, key: str, value: float | None) -> Changes:
    """The changes, and one more of a dotted key unless its value is None."""
    if value is None:
        return changes
    if isinstance(changes, Mapping):
        return {**changes, key: value}
    return [*([changes] if isinstance(changes, str) else changes), f"{key}={value}"]


def _changes(overrides: Changes) -> list[dict[str, Any]]:
    """One nested table for each."""
    if isinstance(overrides, Mapping):
        return [_nested(key, value) for key, value in overrides.items()]
    return [_parse_override(text) for text in ([overrides] if isinstance(overrides, str) else overrides)]


def _parse_override(text: str) -> dict[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(
            f"expected KEY=VALUE, got {text!r}", where="--set", fix="for example --set synthesis.views=256"
        )
    try:
        parsed: Any = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()  # a bare word is a string
    return _nested(key.strip(), parsed)


def _nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _reject_unknown(values: Mapping[str, Any], section: type[BaseModel], prefix: str) -> None:
    known = section.model_fields
    for key, value in values.items():
        if key not in known:
            raise ConfigError(
                f"unknown configuration key {prefix + key!r}",
                fix=f"known keys here: {', '.join(known)}{_near_key(prefix + key)}",
            )
        kind = known[key].annotation
        if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, BaseModel):
            _reject_unknown(value, kind, f"{prefix}{key}.")


def _dotted() -> list[str]:
    return [
        f"{name}.{key}"
        for name, field in Config.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for key in field.annotation.model_fields
    ]


def _near_key(name: str) -> str:
    """The nearest key anywhere; the last part alone is compared too, since sections are easily forgotten."""

    def likeness(key: str) -> float:
        pairs = ((name, key), (name.rpartition(".")[2], key.rpartition(".")[2]))
        return max(difflib.SequenceMatcher(None, *pair).ratio() for pair in pairs)

    best = max([*Config.model_fields, *_dotted()], key=likeness)
    return f"; did you mean {best!r}?" if likeness(best) >= 0.6 else ""

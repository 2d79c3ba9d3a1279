"""Every setting and its default, once. Presets in `configs/` change only what they name."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audit.errors import ConfigError

PRESETS = ("quick", "standard", "thorough")


class Section(BaseModel):
    """A group of settings; unknown keys are rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SynthesisConfig(Section):
    """Pictures under the natural prior. Views are per class, all restarts together."""

    restarts: int = Field(4, ge=1, le=64)
    views: int = Field(384, ge=1)
    batch: int = Field(16, ge=1)
    """Slots that share one forward pass."""
    coarse: float = Field(0.45, gt=0, le=1)
    """Side of the coarse phase as a share of the full side."""
    coarse_share: float = Field(0.5, ge=0, le=1)
    """Share of the views spent in the coarse phase."""
    rate: float = Field(0.1, gt=0)
    """Peak step size of Adam on the whitened Fourier coefficients."""
    crop: tuple[float, float] = (0.5, 1.0)
    """Range of the side of a random view, as a share of the picture's side."""
    rotation: float = Field(15.0, ge=0, le=180)
    """Largest rotation of a view, in degrees."""
    flip: bool = True
    noise: float = Field(0.02, ge=0, le=1)
    """Standard deviation of the noise added to each view."""


class UnconstrainedConfig(Section):
    """Pictures without any prior: plain pixels from noise."""

    classes: int = Field(100, ge=0)
    """How many of the chosen classes, evenly spread."""
    restarts: int = Field(2, ge=1, le=64)
    views: int = Field(64, ge=1)
    batch: int = Field(16, ge=1)
    rate: float = Field(0.02, gt=0)


class ChecksConfig(Section):
    """Limits of the checks; changing one recomputes no picture."""

    untrusted_probability: float = Field(0.5, ge=0, le=1)
    """A picture whose own class gets less is not believed."""
    untrusted_agreement: float = Field(0.2, ge=-1, le=1)
    """Restarts whose features agree less than this show different things."""
    overlap_share: float = Field(0.5, ge=0, le=1)
    """Share of a class's restarts answered as another class above which the two overlap."""
    outlier_z: float = Field(3.5, gt=0)
    """Robust z-score from which a class stands out in a ranking (Iglewicz and Hoaglin 1993)."""


class Config(Section):
    """All settings of a run."""

    seed: int = Field(0, ge=0)
    device: str = "cpu"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    synthesis: SynthesisConfig = SynthesisConfig()  # pyright: ignore[reportCallIssue]
    unconstrained: UnconstrainedConfig = UnconstrainedConfig()  # pyright: ignore[reportCallIssue]
    checks: ChecksConfig = ChecksConfig()  # pyright: ignore[reportCallIssue]

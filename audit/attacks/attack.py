"""What an attack is: a name, a norm, and one of three ways to look for flips.

Given a distance it changes images within it (`run`); or it looks for the smallest change that flips
(`search`); or it does both at all distances together (`sweep`). What it gives is checked, rounded to 8 bits
and confirmed elsewhere, the same for all: `audit.attacks.attack_images`.

Two more attributes are read where an attack has them: `title`, its name in words, and `settings`, a mapping
of what its results depend on besides the configuration.
"""

import hashlib
import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from audit.attacks.attack_target import AttackTarget
from audit.config import RobustnessConfig
from audit.errors import ConfigError
from audit.records.robustness import Norm

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
"""Names stand in files' names."""


@runtime_checkable
class FixedEpsilonAttack(Protocol):
    """Changes images within a distance."""

    @property
    def name(self) -> str:
        """Small letters, digits, hyphens."""
        ...

    @property
    def norm(self) -> Norm:
        """In which distances are measured."""
        ...

    def run(self, target: AttackTarget, epsilon: float) -> Tensor:
        """Adversarial images `[n, c, h, w]` in [0, 1], float32, one for each of `target.images`.

        `epsilon` is in units of 1/255 (linf) or of the Euclidean norm on images in [0, 1] (l2).
        """
        ...


@runtime_checkable
class MinimumNormAttack(Protocol):
    """Looks for the smallest change that flips."""

    @property
    def name(self) -> str:
        """As above."""
        ...

    @property
    def norm(self) -> Norm:
        """As above."""
        ...

    def search(self, target: AttackTarget) -> Tensor:
        """The nearest flipping image of each of `target.images`, `[n, c, h, w]`; any other where none was."""
        ...


@dataclass(frozen=True)
class Candidate:
    """A flip that the batch saw and that is yet to be confirmed."""

    epsilon: float
    """In units of the norm."""
    image: Tensor
    """`[c, h, w]` in [0, 1], on the 8-bit grid, on the CPU."""


@dataclass(frozen=True)
class Found:
    """What an attack on one image found."""

    candidates: tuple[Candidate, ...]
    """By rising epsilon; empty where nothing flipped."""
    distance: float | None
    """Smallest distance of a flipping float32 image, on images in [0, 1]."""
    zero_gradient: bool
    """The network gave the attack no gradient."""
    views: float
    left_ball: bool = False
    """Some image that it gave lay beyond its distance or outside [0, 1]."""


@runtime_checkable
class SweepAttack(Protocol):
    """Shares work between distances."""

    @property
    def name(self) -> str:
        """As above."""
        ...

    @property
    def norm(self) -> Norm:
        """As above."""
        ...

    def sweep(self, target: AttackTarget, epsilons: Sequence[float]) -> list[Found]:
        """What is found on each image within `epsilons`, rising; images are 8-bit, within the ball."""
        ...


Attack = FixedEpsilonAttack | MinimumNormAttack | SweepAttack


def name_of(attack: Attack | type[Attack]) -> str:
    """Its name; ConfigError where it has none or the class is no attack."""
    name: Any = getattr(attack, "name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ConfigError(
            f"audit.attacks: expected a name of small letters, digits and hyphens, got {name!r}",
            fix="set its attribute `name`",
        )
    if not any(hasattr(attack, way) for way in ("run", "search", "sweep")):
        raise ConfigError(
            f"audit.attacks: {name!r} has no method run(target, epsilon)", fix="see audit/attacks/attack.py"
        )
    if getattr(attack, "norm", None) not in ("linf", "l2"):
        raise ConfigError(f"audit.attacks: {name!r} has no norm", fix='norm = "linf", or norm = "l2"')
    return name


def instance(attack: Attack | type[Attack]) -> Attack:
    """The attack itself where a class was registered."""
    return attack() if isinstance(attack, type) else attack


def epsilons_of(attack: Attack, config: RobustnessConfig) -> tuple[float, ...]:
    """The distances of its norm."""
    return config.epsilons if attack.norm == "linf" else config.epsilons_l2


def title_of(attack: Attack) -> str:
    """Its name in words."""
    return str(getattr(attack, "title", attack.name))


def settings_of(attack: Attack) -> dict[str, object]:
    """What its results depend on besides the configuration: its settings, and where it is none of this
    package's its code, as far as that can be read."""
    settings: dict[str, object] = {key: value for key, value in vars(attack).items() if _plain(value)}
    settings |= dict(getattr(attack, "settings", {}))
    if not type(attack).__module__.startswith("audit."):
        try:
            source = inspect.getsource(type(attack))
        except (OSError, TypeError):
            source = ""
        settings["code"] = hashlib.sha256(source.encode()).hexdigest()[:16]
    return settings


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool | None)

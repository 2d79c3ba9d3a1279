"""The attacks that the configuration names, found in the registry; one that cannot be had is an error."""

from dataclasses import dataclass
from functools import cached_property

from audit.attacks import ATTACKS, Attack, MinimumNormPGD
from audit.attacks.attack import epsilons_of, instance, settings_of, title_of
from audit.config import RobustnessConfig
from audit.errors import ConfigError
from audit.records.robustness import Norm
from audit.text import nearest, one_line

DEFAULT = MinimumNormPGD.name


@dataclass(frozen=True)
class ChosenAttack:
    """A name of the configuration, and what stands behind it."""

    name: str

    @cached_property
    def _found(self) -> Attack | str:
        """The attack, or why there is none; ConfigError for a name that nobody gave."""
        names, broken = ATTACKS.names(), ATTACKS.broken
        if self.name not in names and self.name in broken:
            return f"cannot be loaded: {broken[self.name]}"
        if self.name not in names:
            lost = f"; attacks not loaded: {', '.join(broken)}" if broken else ""
            raise ConfigError(
                f"unknown attack {self.name!r}{lost}",
                where="configuration robustness.attacks",
                fix=nearest(self.name, [*names, *broken]) or f"use one of {', '.join(names)}",
            )
        registered = ATTACKS[self.name]
        try:
            return instance(registered)
        except Exception as error:  # foreign code
            return f"cannot be made: {one_line(error)}"

    @property
    def attack(self) -> Attack | None:
        """None where it cannot be had."""
        return None if isinstance(self._found, str) else self._found

    @property
    def error(self) -> str | None:
        """Why it cannot be had."""
        return self._found if isinstance(self._found, str) else None

    @property
    def norm(self) -> Norm:
        """Of its distances; linf where the attack cannot be had."""
        return self.attack.norm if self.attack else "linf"

    @property
    def title(self) -> str:
        """Its name in words."""
        return title_of(self.attack) if self.attack else self.name

    def epsilons(self, config: RobustnessConfig) -> tuple[float, ...]:
        """The distances at which it is run, in units of its norm."""
        return epsilons_of(self.attack, config) if self.attack else config.epsilons

    def settings(self, config: RobustnessConfig) -> dict[str, object]:
        """What its results depend on."""
        own = settings_of(self.attack) if self.attack else {"error": self.error}
        return {"norm": self.norm, "epsilons": self.epsilons(config), **own}


def chosen_attacks(config: RobustnessConfig) -> list[ChosenAttack]:
    """In the order of the configuration; ConfigError for an unknown name, with the nearest."""
    chosen = [ChosenAttack(name) for name in config.attacks]
    for each in chosen:
        _ = each.norm
    return chosen


def measures(name: str, config: RobustnessConfig) -> bool:
    """Whether image statistics are taken beside this attack: beside one of them, always the same."""
    return name == (DEFAULT if DEFAULT in config.attacks else config.attacks[0])

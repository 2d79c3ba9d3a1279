"""What came from outside: what could not be loaded, and settings that nothing reads."""

from typing import Any

from audit.config import Config
from audit.errors import ConfigError
from audit.records import BrokenPlugin
from audit.registry import Registry
from audit.stages import STAGES, in_order, shipped
from audit.text import nearest

REGISTRIES: tuple[Registry[Any], ...] = (STAGES,)
"""All that can be added to."""


def broken() -> list[BrokenPlugin]:
    """Entry points that could not be loaded, of all registries."""
    return [
        BrokenPlugin(group=registry.group, name=name, error=why)
        for registry in REGISTRIES
        for name, why in registry.broken.items()
    ]


def require_sound(config: Config) -> None:
    """ConfigError where the stages have no order, or a table `[plugins.NAME]` is of no stage from outside."""
    in_order(STAGES)
    own = {stage.name for stage in shipped()}
    known = [name for name in (*STAGES.names(), *STAGES.broken) if name not in own]
    for name in config.plugins:
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "no stage from outside is installed"
            raise ConfigError(
                f"expected the name of a stage from outside, got {name!r}; {there}",
                where=f"configuration plugins.{name}",
                fix=nearest(name, known) or "install the package that brings it, or take the table out",
            )

"""What came from outside: what broke, as the results and the terminal say it, and settings nobody reads."""

from collections.abc import Callable, Sequence

from audit.config import Config
from audit.errors import ConfigError
from audit.image_stats import STATISTICS
from audit.image_stats.all_statistics import FAMILIES, family_name
from audit.records import BrokenPlugin, ClassResult
from audit.registry import broken_plugins
from audit.stages import STAGES, in_order, shipped
from audit.text import nearest


def broken(classes: Sequence[ClassResult]) -> list[BrokenPlugin]:
    """Everything from outside that broke so far, or gave no number on any picture of these classes."""
    found = {(group, name): why for group, name, why in broken_plugins()}
    values = [columns for entry in classes for columns in entry.statistics.values()]
    have = {id for columns in values for id, value in columns.items() if value.value is not None}
    for family in FAMILIES:
        ids = [s.id for s in family.STATISTICS if s.id in STATISTICS]
        name = family_name(family)
        if values and not FAMILIES.shipped(name) and not have.intersection(ids):
            found.setdefault((FAMILIES.group, name), "gave no number on any picture")
    return [BrokenPlugin(group=group, name=name, error=why) for (group, name), why in found.items()]


class Sayer:
    """Says each broken thing once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` prints a line."""
        self._say, self._said = say, set[tuple[str, str]]()

    def __call__(self, plugins: Sequence[BrokenPlugin] = ()) -> None:
        """Say what broke since the last call, and what is in `plugins`."""
        pairs = [*broken_plugins(), *((p.group, p.name, p.error) for p in plugins)]
        for group, name, why in pairs:
            if (group, name) not in self._said:
                self._said.add((group, name))
                self._say(f"plug-in {name} ({group}) is broken and takes no part: {why}")


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

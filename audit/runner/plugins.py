"""What came from outside: what broke, as the results and the terminal say it, and settings nobody reads."""

from collections.abc import Callable, Sequence

from audit.checks import CHECKS
from audit.config import Config
from audit.errors import ConfigError
from audit.image_stats import STATISTICS
from audit.image_stats.all_statistics import FAMILIES, family_name
from audit.records import BrokenPlugin, ClassResult, Results
from audit.registry import broken_plugins
from audit.stages import STAGES, in_order, shipped
from audit.stages.robustness.chosen_attacks import chosen_attacks
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
    return [BrokenPlugin(group=group, name=name, error=why) for (group, name), why in sorted(found.items())]


def failures(results: Results) -> list[str]:
    """A line for each check and attack that was there and failed; stages that break are said at once."""
    attacks = results.robustness.attacks if results.robustness else []
    failed = [c for c in results.checks if c.outcome == "error" and c.meta.id in CHECKS]
    return [
        *(f"check {check.meta.id}: {check.summary}" for check in failed),
        *(f"attack {attack.attack} failed: {attack.error}" for attack in attacks if attack.error is not None),
    ]


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
    """ConfigError where the stages have no order, a table `[plugins.NAME]` is of no stage from outside, or
    there is no attack of a name."""
    in_order(STAGES)
    chosen_attacks(config.robustness)
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

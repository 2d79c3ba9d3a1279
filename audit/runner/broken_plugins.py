"""What came from outside and broke: said in the results, and once to whoever looks on."""

from collections.abc import Callable, Sequence

from audit.image_stats import STATISTICS
from audit.image_stats.registry import FAMILIES, family_name
from audit.records import BrokenPlugin, ClassResult
from audit.registry import broken_plugins


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

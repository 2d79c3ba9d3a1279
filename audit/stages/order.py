"""The stages of a run in the order in which they run."""

from collections.abc import Iterable

from audit.errors import ConfigError
from audit.stages.stage import Stage
from audit.text import nearest


def in_order(stages: Iterable[Stage]) -> list[Stage]:
    """Each stage after those that it names in `inputs`; else as they come.

    Raises:
        ConfigError: a stage reads one that there is not, or waits for itself.
    """
    waiting = list(stages)
    names = [stage.name for stage in waiting]
    for stage in waiting:
        for name in stage.inputs:
            if name not in names:
                raise ConfigError(
                    f"stage {stage.name!r} reads {name!r}, and there is no such stage",
                    fix=nearest(name, names) or f"name some of {', '.join(names)} in `inputs`",
                )
    ordered: dict[str, Stage] = {}
    while waiting:
        ready = next((stage for stage in waiting if all(name in ordered for name in stage.inputs)), None)
        if ready is None:
            raise ConfigError(
                f"stages wait for each other: {', '.join(stage.name for stage in waiting)}",
                fix="name only earlier stages in `inputs`",
            )
        waiting.remove(ready)
        ordered[ready.name] = ready
    return list(ordered.values())

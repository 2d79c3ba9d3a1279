"""All stages of a run in order; one that breaks ends neither the run nor what does not read it."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.errors import UserError
from audit.records import StageInfo
from audit.records.unit_records import UnitRecord
from audit.runner.local import Step, execute
from audit.runner.plan import Planner, Unit
from audit.runner.store import Store
from audit.stages import STAGES, Context, Stage, in_order
from audit.text import one_line


@dataclass(frozen=True)
class StageRun:
    """What became of one stage."""

    stage: Stage
    units: tuple[Unit, ...]
    done: int
    """Units that are finished."""
    records: tuple[UnitRecord, ...]
    """Of all its units; none where it broke: a part of them would read like all."""
    error: str | None = None
    not_run: str | None = None

    def info(self) -> StageInfo:
        """As the results say it."""
        return StageInfo(
            name=self.stage.name,
            version=self.stage.version,
            units=len(self.units),
            done=self.done,
            views=sum(record.views for record in self.records),
            error=self.error,
            not_run=self.not_run,
        )


Begin = Callable[[Stage, Sequence[Unit]], None]


def run_stages(
    context: Context, store: Store, begin: Begin, watch: Callable[[Step], None], broke: Callable[[str], None]
) -> list[StageRun]:
    """Plan and compute each stage; `begin` and `watch` see what happens, `broke` is told of each that breaks.

    Raises:
        UserError: what the user gave cannot be used; the stages after it are not begun.
    """
    planner, known = Planner(context), dict[str, UnitRecord]()
    runs: dict[str, StageRun] = {}
    for stage in in_order(STAGES):
        lost = [name for name in stage.inputs if runs[name].error or runs[name].not_run]
        if lost:
            not_run = f"it reads {', '.join(lost)}, which failed or did not run"
            runs[stage.name] = StageRun(stage, (), 0, (), not_run=not_run)
            continue
        read = [record for name in stage.inputs for record in runs[name].records]
        runs[stage.name] = made = _run(stage, planner, read, context, store, begin, watch, known)
        if made.error is not None:
            broke(f"stage {stage.name} failed: {made.error}")
    return list(runs.values())


def _run(
    stage: Stage,
    planner: Planner,
    read: Sequence[UnitRecord],
    context: Context,
    store: Store,
    begin: Begin,
    watch: Callable[[Step], None],
    known: dict[str, UnitRecord],
) -> StageRun:
    units, done = list[Unit](), 0

    def count(step: Step) -> None:
        nonlocal done
        done += step.finished
        watch(step)

    try:
        units = planner.plan(stage, read)
        begin(stage, units)
        records = execute(units, context, store, count, known)
    except UserError:
        raise
    # Whatever else a stage raises is its own: the others go on.
    except Exception as error:
        return StageRun(stage, tuple(units), done, (), error=told(error))
    return StageRun(stage, tuple(units), done, tuple(r for unit in units for r in records[unit.key]))


def told(error: Exception) -> str:
    """An exception on one line, with the file and the line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{one_line(error)}{place}"

"""What a run consists of: stages, their units, and keys that change when results would.

Each item of a unit (a class, a photograph) has a key of its own: a finished record is found again by the
keys of its items, whatever else was chosen when it was computed. Items computed together share their fate.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from audit.errors import UserError
from audit.records.unit_records import Items, UnitRecord
from audit.stages import STAGES, Context, Stage, in_order


@dataclass(frozen=True)
class Unit:
    """One piece of work."""

    stage: Stage
    of: Items
    items: tuple[int, ...]
    keys: tuple[str, ...]
    """Of each item: a record that holds it is the one that would be computed."""
    reads: tuple[tuple[str, ...], ...]
    """Of each item: keys of the earlier items that it reads."""
    shared: tuple[str, ...] = ()
    """Keys of earlier items that all of them read."""

    @property
    def key(self) -> str:
        """Names the unit among those of its stage."""
        return _digest([self.stage.name, self.keys])

    def only(self, keys: Collection[str]) -> "Unit":
        """The part of it whose items have these keys."""
        places = [place for place, key in enumerate(self.keys) if key in keys]
        if len(places) == len(self.keys):
            return self
        return replace(
            self,
            items=tuple(self.items[place] for place in places),
            keys=tuple(self.keys[place] for place in places),
            reads=tuple(self.reads[place] for place in places),
        )


@dataclass(frozen=True)
class _Planned:
    """Keys of the items of one stage, or of one of its parts."""

    of: Items
    marks: dict[int, str]
    """Item → what determines its result, whatever it is computed beside."""
    keys: dict[int, str]
    """Item → the key of its record."""
    all_keys: tuple[str, ...]


class Planner:
    """Plans one stage after the other, each when those that it reads are done."""

    def __init__(self, context: Context) -> None:
        """Nothing is planned yet."""
        self._context = context
        self._planned: dict[str, list[_Planned]] = {}

    def plan(self, stage: Stage, records: Sequence[UnitRecord]) -> list[Unit]:
        """The units of a stage in order, chosen from the `records` of its inputs.

        ValueError where it names an item that there is not.
        """
        made = [self._part(part, records) for part in parts(stage, self._context)]
        self._planned[stage.name] = [own for own, _ in made]
        return [unit for _, units in made for unit in units]

    def _part(self, stage: Stage, records: Sequence[UnitRecord]) -> tuple[_Planned, list[Unit]]:
        context = self._context
        of, wanted = stage.of(context), stage.units(context, records)
        earlier = [own for name in stage.inputs for own in self._planned.get(name, ())]
        same = [other for other in earlier if other.of == of]
        # Classes read all photographs and changes; these read no class.
        shared = [key for other in earlier if other.of != of and of == "classes" for key in other.all_keys]
        base = _digest([_base(stage, context), shared])
        content = _contents(stage, of, context) if wanted else {}
        own, units = _Planned(of, {}, {}, ()), list[Unit]()
        strange = sorted({item for items in wanted for item in items} - content.keys())
        if strange:
            raise ValueError(f"expected {of} of the run as items, got {strange[:3]}")
        for items in wanted:
            marks = [
                _digest([base, content[item], [m.marks[item] for m in same if item in m.marks]])
                for item in items
            ]
            keys = marks
            if stage.together != "no":
                group = _digest([items, marks])
                keys = [_digest([group, item]) for item in items]
            own.marks.update(zip(items, keys if stage.together == "computed" else marks, strict=True))
            own.keys.update(zip(items, keys, strict=True))
            reads = tuple(tuple(s.keys[item] for s in same if item in s.keys) for item in items)
            units.append(Unit(stage, of, items, tuple(keys), reads, tuple(shared)))
        return replace(own, all_keys=tuple(own.keys.values())), units


def plan(context: Context, stages: Sequence[Stage] | None = None) -> list[Unit]:
    """All units that can be foreseen, in the order in which they are computed.

    Those that a stage chooses from earlier records may be others, or may not be foreseen at all.
    """
    planner, units = Planner(context), list[Unit]()
    for stage in in_order(STAGES) if stages is None else stages:
        try:
            units += planner.plan(stage, ())
        except UserError:
            raise
        except Exception:
            continue
    return units


def foreseen(stage: Stage, context: Context) -> float:
    """Views that a stage will spend, about; 0 where it cannot say."""
    try:
        return sum(part.views(context) for part in parts(stage, context))
    except UserError:
        raise
    except Exception:
        return 0.0


def parts(stage: Stage, context: Context) -> Sequence[Stage]:
    """A stage whose work falls into parts of the same items, each with settings and so with keys of its own,
    says so by a method `parts`; they have its name."""
    split = getattr(stage, "parts", None)
    return [stage] if split is None else split(context)


def _base(stage: Stage, context: Context) -> dict[str, object]:
    """All that the items of a stage share."""
    identity = context.classifier.identity
    return {
        "stage": stage.name,
        "version": stage.version,
        "settings": stage.settings(context),
        "plugin": context.config.plugins.get(stage.name, {}),
        "seed": context.config.seed,
        "weights": identity.weights,
        "probe": identity.probe,
        "input": context.classifier.input.settings(),
        "task": context.classifier.task,
        "device": context.classifier.device.type,
        "dtype": context.config.dtype,
    }


def _contents(stage: Stage, of: Items, context: Context) -> dict[int, object]:
    """Item → what it is, whatever its place. Changes are those that the stage itself lists."""
    if of == "changes":
        listed: Callable[[Context], dict[int, object]] = getattr(stage, "contents", lambda _: {})
        return listed(context)
    return _classes(context) if of == "classes" else _photographs(context)


def _classes(context: Context) -> dict[int, object]:
    """Classes are what they are by their index."""
    return {index: index for index in context.classes}


def _photographs(context: Context) -> dict[int, object]:
    """Photographs by bytes and label, not by place; equal ones are counted through."""
    assert context.photos is not None
    seen: Counter[tuple[str, int | None]] = Counter()
    found: dict[int, object] = {}
    for entry in context.photos.entries:
        seen[entry.sha256, entry.label] += 1
        found[entry.index] = (entry.sha256, entry.label, entry.in_baseline, seen[entry.sha256, entry.label])
    return found


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]

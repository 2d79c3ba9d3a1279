"""What a run consists of: stages, their units, and keys that change when results would.

Each item of a unit (a class, a photograph) has a key of its own: a finished record is found again by the
keys of its items, whatever else was chosen when it was computed. Items computed together share their fate.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from audit.records.unit_records import Items
from audit.stages import STAGES, Context, Stage


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
    """Keys of one stage's items."""

    of: Items
    marks: dict[int, str]
    """Item → what determines its result, whatever it is computed beside."""
    keys: dict[int, str]
    """Item → the key of its record."""
    all_keys: tuple[str, ...]


def plan(context: Context, stages: Sequence[Stage] = STAGES) -> list[Unit]:
    """All units in the order in which they are computed."""
    units: list[Unit] = []
    planned: dict[str, _Planned] = {}
    contents = {"classes": _classes, "photographs": _photographs}
    for stage in (part for whole in stages for part in _parts(whole, context)):
        of, wanted = stage.of(context), stage.units(context)
        earlier = [planned[name] for name in stage.inputs if name in planned]
        same = [other for other in earlier if other.of == of]
        # Classes read all photographs; photographs read no class.
        shared = [key for other in earlier if other.of != of and of == "classes" for key in other.all_keys]
        base = _digest([_base(stage, context), shared])
        content = contents[of](context) if wanted else {}
        own = _Planned(of, {}, {}, ())
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
        planned[stage.name] = replace(own, all_keys=tuple(own.keys.values()))
    return units


def _parts(stage: Stage, context: Context) -> Sequence[Stage]:
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
        "seed": context.config.seed,
        "weights": identity.weights,
        "probe": identity.probe,
        "input": context.classifier.input.model_dump(exclude={"sources"}),
        "task": context.classifier.task,
        "device": context.classifier.device.type,
        "dtype": context.config.dtype,
    }


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

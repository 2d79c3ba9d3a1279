"""Per class and family the change that turns most photographs into the class.

Fitted on one half of the photographs, measured on the other. Many random starts are asked once for all
classes; from the best of them every class takes a few steps at each of its better places. Then in every
family the leading classes go on, and the others end with what they have: first and second class are what is
compared. So the cost hardly grows with the classes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from audit.classifier import Classifier
from audit.probes.effect import Effect, effects, logits_after
from audit.probes.fitting.carriers import Carriers, carriers
from audit.probes.fitting.fitted_change import FITTED, FittedChange
from audit.probes.fitting.fitted_family import FittedFamily
from audit.probes.fitting.fitting_settings import FittingSettings
from audit.probes.fitting.search import Search, Slot
from audit.probes.fitting.starts import best_starts

Tick = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Fitted:
    """The best change of one family for one class."""

    class_index: int
    family: str
    place: str
    change: FittedChange
    share_fit: float
    """Of the photographs it was fitted on."""
    finished: bool
    """Whether it took all steps: classes far behind the leading ones do not."""
    effect: Effect
    """On the other half, for all classes."""

    @property
    def turned(self) -> int:
        """Photographs of the other half, of other classes, that it turns into the class."""
        return int(self.effect.turned[self.class_index])

    @property
    def others(self) -> int:
        """How many there are of those."""
        return int(self.effect.others[self.class_index])

    @property
    def share(self) -> float:
        """The share turned; 0 where there are none."""
        return self.turned / max(1, self.others)


def fit(
    classifier: Classifier,
    images: Tensor,
    labels: Tensor | None,
    classes: Sequence[int],
    families: Sequence[str] = tuple(FITTED),
    settings: FittingSettings | None = None,
    seed: int = 0,
    tick: Tick | None = None,
    strengths: Mapping[str, float] | None = None,
    among: Sequence[int] = (),
) -> list[Fitted]:
    """Fit every family to every class.

    `images` `[n, c, h, w]` in [0, 1], photographs or any other carriers; `labels` `[n]` (-1 or None: unknown,
    the answers stand for them). `families` are names out of FITTED; `tick` is told the views of each pass.
    `strengths`, by family, are multiples of the usual budgets, 1 where one is left out. Where they are None,
    each family takes the one at which the second class just begins to be reached: a result then depends on
    which classes are asked for, and with the `change.strength` that was found it does not.
    Of the classes `among` these, each family is fitted also to the `settings.started` ones toward which its
    random starts move photographs most: one pass tells of all classes, so a class is found among thousands.
    A class that nearly all photographs show has no result: there is nothing to turn. Of many classes, each
    family has results for the `settings.reported` that came first.
    """
    settings = settings or FittingSettings()
    fast = classifier.folded()
    before = logits_after(fast, images, None, batch=settings.batch, tick=tick)
    given = carriers(images, labels, before, seed, settings.measured)
    possible = [index for index in classes if given.suffice(index)]
    more = [index for index in dict.fromkeys(among) if index not in set(possible) and given.suffice(index)]
    if not possible and not more:
        return []
    if more:
        settings = settings.among_many()
    slots = [
        slot
        for name in families
        for slot in _started(
            fast, given, name, possible, more, (strengths or {}).get(name, 1.0), settings, seed, tick
        )
    ]
    search = Search(
        fast,
        images,
        slots,
        steps=settings.steps,
        batch=settings.batch,
        seed=seed,
        strengths=strengths,
        tick=tick,
    )
    going = _climbed(search, slots, settings)
    for slot in slots:
        slot.strength = search.strengths[slot.family.name]
    shares = _shares(fast, given, going, settings, seed, tick)
    best = _best(slots, shares, settings.reported)
    found = _measured(classifier, given, [_change(slot, seed) for slot in best], settings, tick)
    return [
        Fitted(
            slot.class_index,
            slot.family.name,
            slot.place,
            change,
            shares.get(id(slot), slot.share),
            id(slot) in shares,
            effect,
        )
        for slot, (change, effect) in zip(best, found, strict=True)
    ]


def _started(
    classifier: Classifier,
    given: Carriers,
    name: str,
    classes: Sequence[int],
    more: Sequence[int],
    strength: float,
    settings: FittingSettings,
    seed: int,
    tick: Tick | None,
) -> list[Slot]:
    """Slots of a family: for each class, and the `more` that starts lead to, its better places, each with its
    best start."""
    family = FITTED[name](given.shape)
    asked = [*classes, *more]
    of_place = [
        best_starts(
            classifier,
            given.images,
            given.before,
            given.own,
            given.fitted[: settings.starting],
            family,
            place,
            asked,
            count=settings.starts * family.starts,
            strength=strength,
            seed=seed,
            key=(list(FITTED).index(name), number),
            batch=settings.batch,
            tick=tick,
        )
        for number, place in enumerate(family.places)
    ]
    of_class = dict(zip(asked, zip(*of_place, strict=True), strict=True))
    led = sorted(more, key=lambda index: -max(start.gain for start in of_class[index]))
    slots: list[Slot] = []
    for index in (*classes, *led[: settings.started]):
        rows = given.of_others(index)
        own = [
            Slot(family, index, place, rows, start.parameters, [start.loss])
            for place, start in zip(family.places, of_class[index], strict=True)
        ]
        slots += sorted(own, key=lambda slot: slot.loss)[: settings.tried]
    return slots


def _climbed(search: Search, slots: Sequence[Slot], settings: FittingSettings) -> list[Slot]:
    """Run to the end; those that took all steps."""
    many = len({slot.class_index for slot in slots}) > settings.many

    def screened(family: FittedFamily) -> int:
        return settings.screened if many or len(family.places) > 1 else settings.photographs

    going, taken = list(slots), 0
    for number, (step, classes) in enumerate(settings.rungs, 1):
        search.run(step - taken, screened)
        taken, last = step, number == len(settings.rungs)
        going = _leading(going, classes, settings.places if last else settings.tried)
        search.keep(going)
    search.run(max(0, settings.steps - taken), lambda family: settings.photographs)
    return going


def _leading(slots: Sequence[Slot], classes: int, places: int) -> list[Slot]:
    """In every family the best places of the leading classes."""
    going: list[Slot] = []
    for family in dict.fromkeys(slot.family for slot in slots):
        of_class: dict[int, list[Slot]] = {}
        for slot in slots:
            if slot.family is family:
                of_class.setdefault(slot.class_index, []).append(slot)
        ranked = [sorted(found, key=lambda slot: slot.loss) for found in of_class.values()]
        ranked.sort(key=lambda found: found[0].loss)
        for found in ranked[:classes]:
            going += found[:places]
    return going


def _shares(
    classifier: Classifier,
    given: Carriers,
    going: Sequence[Slot],
    settings: FittingSettings,
    seed: int,
    tick: Tick | None,
) -> dict[int, float]:
    """Share turned of the first photographs of the half that was fitted on, by the slots' ids."""
    shares: dict[int, float] = {}
    for slot in going:
        rows = slot.rows[: settings.checked]
        change = _change(slot, seed)
        logits = logits_after(classifier, given.images[rows], change, rows, settings.batch, tick)
        shares[id(slot)] = float((logits.argmax(1) == slot.class_index).float().mean())
    return shares


def _best(slots: Sequence[Slot], shares: Mapping[int, float], most: int) -> list[Slot]:
    """Of each family and class the place that turned most, for the `most` first classes of each family.

    Those that went on come before those that did not, and longer searches before shorter ones."""

    def rank(slot: Slot) -> tuple[float, int, float]:
        return -shares.get(id(slot), -1.0), -len(slot.losses), slot.loss

    chosen: set[int] = set()
    for family in dict.fromkeys(slot.family for slot in slots):
        best: dict[int, Slot] = {}
        for slot in sorted((slot for slot in slots if slot.family is family), key=rank):
            best.setdefault(slot.class_index, slot)
        chosen |= {id(slot) for slot in list(best.values())[:most]}
    return [slot for slot in slots if id(slot) in chosen]


def _measured(
    classifier: Classifier,
    given: Carriers,
    changes: Sequence[FittedChange],
    settings: FittingSettings,
    tick: Tick | None,
) -> list[tuple[FittedChange, Effect]]:
    """The effects on the half that was not fitted on."""
    rows = given.measured
    found = effects(
        classifier,
        given.images[rows],
        None if given.labels is None else given.labels[rows],
        changes,
        batch=settings.batch,
        tick=tick,
        rows=rows,
        before=given.before[rows],
    )
    return list(zip(changes, found, strict=True))


def _change(slot: Slot, seed: int) -> FittedChange:
    name = f"fitted-{slot.family.name}-{slot.class_index}@{slot.place}"
    return FittedChange(name, slot.family.name, slot.place, slot.parameters, slot.strength, seed)

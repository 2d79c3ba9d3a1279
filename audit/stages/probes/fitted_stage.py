"""Stage: changes fitted to turn photographs into a class, family by family."""

from collections.abc import Sequence

from audit.probes.fitting.fit_classes import Fitted, fit
from audit.probes.fitting.fitted_change import FITTED, FittedChange
from audit.probes.fitting.fitting_settings import FittingSettings
from audit.records.probes import FittedProbe
from audit.records.record import UnitBody
from audit.records.unit_records import FittedUnit, Items, UnitRecord
from audit.stages.artifacts import pack, unpack
from audit.stages.probes.carrier_images import FEWEST, apart, carriers, content
from audit.stages.probes.effect_records import recorded
from audit.stages.probes.suspects import leading_classes
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Spent, Tick, Together


class FittedChanges:
    """One unit a family: its classes are compared while they are fitted."""

    name = "fitted-changes"
    version = 1
    inputs: tuple[str, ...] = ("probes", "unconstrained")
    together: Together = "computed"
    body: type[UnitBody] = FittedUnit

    def __init__(self, family: str | None = None) -> None:
        """All families of the configuration, or one of them."""
        self._family = family

    def parts(self, context: Context) -> list["FittedChanges"]:
        """One for each family, with keys of its own."""
        return [FittedChanges(family) for family in _families(context)]

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """The family and the photographs; how many suspects, where not all classes are fitted."""
        few = {} if _all_fitted(context) else {"suspects": context.config.probes.suspects}
        return {"family": self._family, "carriers": content(context, "probing"), **few}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """All classes together; of many some are fitted, and any of them may be."""
        if len(apart(context)["probing"]) < FEWEST:
            return []
        return [context.classes] if _all_fitted(context) or context.config.probes.suspects else []

    def views(self, context: Context) -> float:
        """The steps of every class and place, then of the leading ones, and the photographs that are counted
        on."""
        if self._family is None or len(apart(context)["probing"]) < FEWEST:
            return 0.0
        settings, config = FittingSettings(), context.config.probes
        classes = len(context.classes)
        if not _all_fitted(context):
            settings = settings.among_many()
            classes = min(config.suspects + settings.started, classes)
        shape = (context.classifier.input.channels, *context.classifier.size)
        places = len(FITTED[self._family](shape).places)
        tried, kept = min(places, settings.tried), min(places, settings.places)
        cheap = places > 1 or classes > settings.many
        screened = settings.screened if cheap else settings.photographs
        steps, done = 0.0, 0
        going = classes
        for until, left in (*settings.rungs, (settings.steps, 0)):
            last = until == settings.steps
            each, slots = (settings.photographs, kept) if last else (screened, tried)
            steps += (until - done) * going * slots * each
            done, going = until, min(going, left)
        finished = min(classes, settings.rungs[-1][1])
        passes = places * settings.starts * settings.starting + finished * kept * settings.checked
        passes += min(classes, settings.reported) * settings.measured
        return steps + FORWARD * passes

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Fit the family to these classes, or to suspects and to where starts lead, and keep the
        parameters."""
        assert self._family is not None
        spent, given = Spent(tick), carriers(context, "probing")
        every = _all_fitted(context)
        suspects = () if every else leading_classes(context, inputs, context.config.probes.suspects)
        found = fit(
            context.classifier,
            given.images,
            given.labels,
            items if every else suspects,
            families=[self._family],
            seed=context.config.seed,
            tick=spent,
            among=() if every else items,
        )
        file = f"changes/{self._family}.npz"
        body = FittedUnit(fitted=[_record(each, file, context.config.seed) for each in found])
        files = {file: pack({each.change.id: each.change.parameters for each in found})} if found else {}
        return Computed(body, spent.views, files)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Nothing by itself: the probes show it with theirs."""
        return Reduced()


def _all_fitted(context: Context) -> bool:
    return len(context.classifier.classes) <= context.config.probes.fitted_classes


def _families(context: Context) -> list[str]:
    return [name for name in context.config.probes.fitted if name in FITTED]


def _record(fitted: Fitted, file: str, seed: int) -> FittedProbe:
    return FittedProbe(
        class_index=fitted.class_index,
        family=fitted.family,
        place=fitted.place,
        seed=seed,
        strength=fitted.change.strength,
        file=file,
        finished=fitted.finished,
        effect=recorded(fitted.effect),
    )


def fitted_change(context: Context, probe: FittedProbe) -> FittedChange:
    """The change again, from its file."""
    name = probe.effect.change
    parameters = unpack(context.folder / probe.file, name)[name]
    return FittedChange(
        id=name,
        family=probe.family,
        place=probe.place,
        parameters=parameters,
        strength=probe.strength,
        seed=probe.seed,
    )

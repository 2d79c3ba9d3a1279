"""Stage: is the preprocessing right? Photographs prepared in other ways, outputs read by other lists."""

from collections.abc import Sequence

from audit.records import PreprocessingTrials
from audit.records.record import UnitBody
from audit.records.unit_records import Items, TrialsUnit, UnitRecord
from audit.stages.preprocessing.geometries import read_crops
from audit.stages.preprocessing.preprocessing_search import MOST, Search
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Tick, Together, bodies


class PreprocessingStage:
    """One unit: all trials on one sample of photographs."""

    name = "preprocessing"
    version = 2
    inputs: tuple[str, ...] = ()
    together: Together = "computed"
    body: type[UnitBody] = TrialsUnit

    def of(self, context: Context) -> Items:
        """Photographs."""
        return "photographs"

    def settings(self, context: Context) -> dict[str, object]:
        """The class list, whose order is tried too."""
        return {"classes": [(c.id, c.full) for c in context.classifier.classes]}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """One, of an even sample; none without photographs."""
        if context.photos is None:
            return []
        sample = context.photos.even(context.config.preprocessing.photographs)
        return [sample] if sample else []

    def views(self, context: Context) -> float:
        """At most so many; fewer where nothing helps."""
        return sum(len(unit) for unit in self.units(context)) * MOST * FORWARD

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Try everything on these photographs."""
        assert context.photos is not None
        given = context.classifier.input
        crops, labels = read_crops(items, context.photos, given)
        if len(labels) == 0:
            empty = PreprocessingTrials(photographs=0, labelled=False, trials=[], classes_file=None)
            return Computed(TrialsUnit(trials=empty), 0.0)
        search = Search(context, crops, labels if context.photos.kind == "labelled" else None, tick)
        body, files = search.run()
        return Computed(TrialsUnit(trials=body), search.spent.views, files)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """The trials; None where there were none."""
        return Reduced(run={"preprocessing": next((b.trials for b in bodies(records, TrialsUnit)), None)})

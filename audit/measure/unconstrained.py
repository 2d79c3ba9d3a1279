"""Stage: pictures without prior, of an even sample of the classes."""

from collections.abc import Sequence

from audit.measure.measured import record
from audit.measure.stage import Computed, Context, Tick, Together, chunks
from audit.results.units import Items, UnitRecord
from audit.synthesis.engine import Job
from audit.synthesis.pictures import draw_unconstrained


class Unconstrained:
    """The same engine from pixel noise: what the network can be made to say by no natural picture."""

    name = "unconstrained"
    version = 3
    inputs: tuple[str, ...] = ()
    together: Together = "no"

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Its section of the configuration, apart from how many classes are sampled."""
        return {"unconstrained": context.config.unconstrained.model_dump(exclude={"classes"})}

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """Batches of the sampled classes."""
        config = context.config.unconstrained
        return chunks(even_sample(context.classes, config.classes), config.batch // config.restarts)

    def views(self, context: Context) -> float:
        """All restarts of the sample."""
        config = context.config.unconstrained
        each = max(1, config.views // config.restarts) * config.restarts
        return float(each * len(even_sample(context.classes, config.classes)))

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Draw, then ask the network about the 8-bit files."""
        config = context.config
        jobs = [Job(c, r) for c in items for r in range(config.unconstrained.restarts)]
        drawn = draw_unconstrained(context.classifier, jobs, config.unconstrained, config.seed, tick)
        return record(context.classifier, jobs, drawn, "none")


def even_sample(classes: Sequence[int], count: int) -> tuple[int, ...]:
    """At most `count` of the classes, evenly spread over them."""
    if count >= len(classes):
        return tuple(classes)
    return tuple(classes[i * len(classes) // count] for i in range(count))

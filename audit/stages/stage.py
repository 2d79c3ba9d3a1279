"""What a stage of a run is: it turns units of work into records by calling the packages below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from audit.attacks import Plain
from audit.classifier import Classifier
from audit.classifier.cost import FORWARD as FORWARD  # counted in every stage
from audit.config import Config
from audit.image_stats import Baseline
from audit.photos import PhotoSet
from audit.photos.counterexample_folders import Counterexamples
from audit.records.details import Details
from audit.records.record import UnitBody
from audit.records.unit_records import Items, UnitRecord
from audit.stages.checkpoint import Checkpoint
from audit.stages.transfer.class_matching import TransferModel
from audit.synthesis.engine import Tick as Tick

CENTRED_FROM = 5
"""Vectors of features from which their mean is a meaningful centre: of pictures' classes, or photographs."""
Together = Literal["no", "stored", "computed"]
"""What ties the items of a unit to each other. No: a record is found again for each item alone. Stored: the
results do not depend on each other, but one file holds them by their places. Computed: the results do."""


class Spent:
    """Passes views on, and adds them up."""

    def __init__(self, tick: Tick) -> None:
        """`tick` is told whatever this is told."""
        self._tick, self.views = tick, 0.0

    def __call__(self, views: float) -> None:
        """Note views that were just spent."""
        self.views += views
        self._tick(views)


@dataclass(frozen=True)
class Context:
    """What every stage may use."""

    classifier: Classifier
    config: Config
    baseline: Baseline | None
    """Natural images of the classifier's input size, for percentiles."""
    prior: Baseline
    """The baseline whose natural prior shapes pictures: of the same size, else the nearest one shipped."""
    classes: tuple[int, ...]
    """Class indices that are audited, ascending."""
    folder: Path
    """The run directory, to read files of earlier stages."""
    photos: PhotoSet | None = None
    """Photographs that the user gave."""
    transfer_model: TransferModel | None = None
    """A second network that the user gave."""
    counterexamples: tuple[Counterexamples, ...] = ()
    """Those that the user gave, by class."""
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    """Of the unit in work."""
    kept: dict[str, object] = field(default_factory=dict[str, object])
    """What is costly to make and the next unit needs again, by a name."""

    @cached_property
    def plain(self) -> Plain:
        """The network for second opinions: a copy, made once."""
        return Plain(self.classifier)


@dataclass(frozen=True)
class Computed:
    """What computing a unit gave; files are written before the record."""

    body: UnitBody
    views: float
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True)
class Reduced:
    """What all records of a run come to, as far as one stage says it.

    What several stages give for one field of a class is put together: lists end to end, mappings united,
    sentences one after the other.
    """

    run: Mapping[str, object] = field(default_factory=dict[str, object])
    """Field of `Results` → its value; of fields that no other stage gives."""
    classes: Mapping[int, Mapping[str, object]] = field(default_factory=dict[int, Mapping[str, object]])
    """Index of a class → field of `ClassResult` → its value."""
    details: Details | None = None
    """A section of the page for what has no field."""
    warnings: Sequence[str] = ()
    """Said with those of the network."""


class Stage(Protocol):
    """One step of the way from classifier to findings."""

    name: str
    version: int
    """Raised when the stage would compute something else from the same inputs."""
    inputs: tuple[str, ...]
    """Names of earlier stages that it reads: their records of the same items; a stage of classes also reads
    all records of photographs."""
    together: Together
    body: type[UnitBody]
    """What its units give; their records are read back as this."""

    def of(self, context: Context) -> Items:
        """What its units are made of."""
        ...

    def settings(self, context: Context) -> dict[str, object]:
        """Everything besides items, seed, model and inputs that the records depend on."""
        ...

    def units(self, context: Context, records: Sequence[UnitRecord]) -> list[tuple[int, ...]]:
        """Items of each unit, asked just before it runs; none where the stage has nothing to do.

        `records` are all those of its `inputs`, from which items may be chosen; before the run, where it is
        only foreseen, there are none.
        """
        ...

    def views(self, context: Context) -> float:
        """Views that the whole stage will spend, or at most spend."""
        ...

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Do one unit."""
        ...

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """What is said of them; `records` are all those of the run, in the order of the stages."""
        ...


Body = TypeVar("Body", bound=UnitBody)


def bodies(records: Sequence[UnitRecord], kind: type[Body]) -> list[Body]:
    """What the records of this kind hold."""
    return [record.body for record in records if isinstance(record.body, kind)]


def chunks(items: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Consecutive groups of at most `size`."""
    size = max(1, size)
    return [tuple(items[i : i + size]) for i in range(0, len(items), size)]


def even_sample(classes: Sequence[int], count: int) -> tuple[int, ...]:
    """At most `count` of the classes, evenly spread over them."""
    if count >= len(classes):
        return tuple(classes)
    return tuple(classes[i * len(classes) // count] for i in range(count))

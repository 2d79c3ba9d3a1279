"""Records of finished units of work, as they lie under `units/`."""

from typing import Annotated, Literal

from pydantic import Field

from audit.results.attacked import AdversarialExample, Attacked
from audit.results.base import Record
from audit.results.judge import Transfer
from audit.results.photographs import Nearby, Photograph
from audit.results.pictures import ClassPictures
from audit.results.pilot import Pilot
from audit.results.proportion import Proportion
from audit.results.trials import InputPathTrials
from audit.results.trust import DrawnClass, LayerPath, NaturalLayer

Items = Literal["classes", "photographs"]
"""What a stage counts its work in."""


class PicturesUnit(Record):
    """Pictures of a few classes, with or without prior."""

    kind: Literal["pictures"] = "pictures"
    pictures: list[ClassPictures]
    failed: dict[int, str] = Field(default_factory=dict[int, str])
    """Class of which pictures could not be drawn → how many and why, in one sentence; those that could are in
    `pictures`."""


class PilotUnit(Record):
    """The recipe of the pictures, tried out."""

    kind: Literal["pilot"] = "pilot"
    pilot: Pilot


class StatisticsUnit(Record):
    """Statistics of the pictures of a few classes."""

    kind: Literal["statistics"] = "statistics"
    values: dict[str, dict[str, float | None]]
    """Picture file → statistic id → value; None where undefined."""
    spectra: dict[str, list[float]] = Field(default_factory=dict[str, list[float]])
    """Chosen picture's file → log10 power at the frequencies of the baseline's spectrum."""


class TrialsUnit(Record):
    """The input path tried out on a sample of photographs."""

    kind: Literal["trials"] = "trials"
    trials: InputPathTrials


class PhotographsUnit(Record):
    """What the network answers on a few photographs."""

    kind: Literal["photographs"] = "photographs"
    photographs: list[Photograph]
    skipped: dict[int, str]
    """Index → reason in words, for files that could not be used."""
    arrays: str
    """File inside the run directory (.npz, no pickle), in the order of `photographs`: `indices` [n] int64;
    float32 `logits` [n, k], `features` [n, d] and of each watched layer `layer 0`, ... [n, channels]."""


class NearbyUnit(Record):
    """The photographs that belong to a few classes."""

    kind: Literal["nearby"] = "nearby"
    activating: dict[int, list[Nearby]]
    """Class index → photographs."""
    nearest: dict[int, list[Nearby]]


class AttackedUnit(Record):
    """A few images after the attack."""

    kind: Literal["attacked"] = "attacked"
    tried: int
    attacked: list[Attacked]
    unconfirmed: int
    flat: int
    examples: list[AdversarialExample]
    before: dict[str, list[float | None]]
    """Statistic id → value on each image of `measured`, before."""
    after: dict[str, list[float | None]]
    """The same on its adversarial version at `measured_level`."""
    measured_level: float
    """In units of 1/255."""


class TransferUnit(Record):
    """What the judge answers on the pictures of a few classes, or on a few photographs."""

    kind: Literal["transfer"] = "transfer"
    answers: dict[str, Transfer]
    """Picture file, or name of the photograph → answer."""
    sketches: dict[str, str]
    """File of a picture under the natural prior → the judge's penultimate features, sketched like those in
    `ClassPictures`."""


class TrustUnit(Record):
    """Pictures of a few classes against photographs, layer by layer."""

    kind: Literal["trust"] = "trust"
    compared: int
    """Photographs compared with each other."""
    natural: list[NaturalLayer]
    classes: dict[int, list[LayerPath]]
    composites: dict[int, Proportion] = Field(default_factory=dict[int, Proportion])
    """Class → how many photographs with the middle of its picture in them are answered as it."""


class ControlUnit(Record):
    """Pictures of a few classes, by the network and by its control."""

    kind: Literal["control"] = "control"
    network: list[DrawnClass]
    control: list[DrawnClass]


Body = Annotated[
    PicturesUnit
    | PilotUnit
    | StatisticsUnit
    | TrialsUnit
    | PhotographsUnit
    | NearbyUnit
    | AttackedUnit
    | TransferUnit
    | TrustUnit
    | ControlUnit,
    Field(discriminator="kind"),
]


class UnitRecord(Record):
    """One finished unit."""

    stage: str
    version: int
    key: str
    of: Items
    items: list[int]
    """Indices of the classes or photographs."""
    files: dict[str, str]
    """Files the unit wrote, path inside the run directory → sha256."""
    views: float
    seconds: float
    """Time it took: all that differs when the unit is computed again on the same machine."""
    body: Body

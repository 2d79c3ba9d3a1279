"""Records of finished units of work, as they lie under `units/`."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator

from audit.records.counterexamples import CounterexampleTest
from audit.records.estimates import Proportion
from audit.records.parts import Part, ToldByPieces
from audit.records.photographs import Nearby, Photograph
from audit.records.pictures import ClassPictures
from audit.records.preprocessing_trials import PreprocessingTrials
from audit.records.probes import Carriers, CausalTest, ChangeEffect, FittedProbe, LastLayer
from audit.records.record import Record, UnitBody
from audit.records.reliability import DrawnClass, LayerPath, NaturalLayer
from audit.records.robustness import AdversarialExample, Attacked
from audit.records.transfer import Transfer
from audit.records.tuning import Tuning

Items = Literal["classes", "photographs", "changes"]
"""What a stage counts its work in. Changes are those of its own list, whose `contents` it says."""


class PicturesUnit(UnitBody):
    """Pictures of a few classes, with or without prior."""

    pictures: list[ClassPictures]
    failed: dict[int, str] = Field(default_factory=dict[int, str])
    """Class of which pictures could not be drawn → how many and why, in one sentence; those that could are in
    `pictures`."""

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only pictures of these classes."""
        return self.model_copy(update={"pictures": [g for g in self.pictures if g.class_index in places]})


class TuningUnit(UnitBody):
    """The recipe of the pictures, tried out."""

    tuning: Tuning


class StatisticsUnit(UnitBody):
    """Statistics of the pictures of a few classes."""

    values: dict[str, dict[str, float | None]]
    """Picture file → statistic id → value; None where undefined."""
    spectra: dict[str, list[float]] = Field(default_factory=dict[str, list[float]])
    """Chosen picture's file → log10 power at the frequencies of the baseline's spectrum."""


class TrialsUnit(UnitBody):
    """The preprocessing tried out on a sample of photographs."""

    trials: PreprocessingTrials


class PhotographsUnit(UnitBody):
    """What the network answers on a few photographs."""

    photographs: list[Photograph]
    skipped: dict[int, str]
    """Index → reason in words, for files that could not be used."""
    arrays: str
    """File inside the run directory (.npz, no pickle), in the order of `photographs`: `indices` [n] int64;
    float32 `logits` [n, k], `features` [n, d] and of each watched layer `layer 0`, ... [n, channels]."""


class NearbyUnit(UnitBody):
    """The photographs that belong to a few classes."""

    activating: dict[int, list[Nearby]]
    """Class index → photographs."""
    nearest: dict[int, list[Nearby]]

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only these classes."""
        parts = {"activating": self.activating, "nearest": self.nearest}
        return self.model_copy(
            update={name: {c: part[c] for c in part if c in places} for name, part in parts.items()}
        )


class CounterexamplesUnit(UnitBody):
    """What the network answers on the counterexamples of one class."""

    tests: list[CounterexampleTest]
    """One for each kind, without what its folder and the class's photographs say: that is added later. Of
    what was skipped only what could not be decoded."""


class AttackedImage(Record):
    """One image that was offered to an attack."""

    item: int
    """Index of the photograph, or of the class whose picture it is."""
    attacked: Attacked | None
    """With the outcomes of the unit's attacks; None where the image is answered wrongly to begin with."""
    example: AdversarialExample | None = None
    before: dict[str, float | None] = Field(default_factory=dict[str, float | None])
    """Statistic id → value on the image; empty where it was not measured, or does not flip within it."""
    after: dict[str, float | None] = Field(default_factory=dict[str, float | None])
    """The same on its adversarial version at `measured_epsilon`."""

    def moved(self, item: int) -> Self:
        """The same image at another place in the set of photographs."""
        if self.item == item or self.attacked is None or self.attacked.photograph is None:
            return self.model_copy(update={"item": item})
        change = {"photograph": item}
        return self.model_copy(
            update={
                "item": item,
                "attacked": self.attacked.model_copy(update=change),
                "example": self.example and self.example.model_copy(update=change),
            }
        )


class AttackedUnit(UnitBody):
    """A few images after the attack."""

    images: list[AttackedImage]
    measured_epsilon: float
    """In units of 1/255."""

    @property
    def attacked(self) -> list[Attacked]:
        """What was found on the images that were answered rightly."""
        return [image.attacked for image in self.images if image.attacked]

    @property
    def examples(self) -> list[AdversarialExample]:
        """The flipped images that were kept."""
        return [image.example for image in self.images if image.example]

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only these images, at the places where they stand now."""
        kept = [image.moved(places[image.item]) for image in self.images if image.item in places]
        return self.model_copy(update={"images": kept})


class TransferUnit(UnitBody):
    """What the transfer model answers on the pictures of a few classes, or on a few photographs."""

    answers: dict[str, Transfer]
    """Picture file, or name of the photograph → answer."""
    sketches: dict[str, str]
    """File of a picture under the natural prior → the transfer model's penultimate features, sketched like
    those in `ClassPictures`."""


class ReliabilityUnit(UnitBody):
    """Pictures of a few classes against photographs, layer by layer."""

    compared: int
    """Photographs compared with each other."""
    natural: list[NaturalLayer]
    classes: dict[int, list[LayerPath]]
    cut_and_paste: dict[int, Proportion] = Field(default_factory=dict[int, Proportion])
    """Class → how many photographs with the middle of its picture in them are answered as it."""

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only these classes; what is natural is natural for all."""
        return self.model_copy(
            update={
                "classes": {c: path for c, path in self.classes.items() if c in places},
                "cut_and_paste": {c: share for c, share in self.cut_and_paste.items() if c in places},
            }
        )


class ProbesUnit(UnitBody):
    """What a few changes do to the answers."""

    effects: dict[int, ChangeEffect]
    """Place of the change in the list of the stage → what it does."""
    last_layer: LastLayer | None = None
    carriers: Carriers
    photographs: int

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only these changes, at their places now."""
        kept = {places[place]: effect for place, effect in self.effects.items() if place in places}
        return self.model_copy(update={"effects": kept})


class FittedUnit(UnitBody):
    """Changes that were fitted to a few classes."""

    fitted: list[FittedProbe]

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only those of these classes."""
        return self.model_copy(update={"fitted": [f for f in self.fitted if f.class_index in places]})


class CausalUnit(UnitBody):
    """Causal tests of a few classes."""

    tests: list[CausalTest]

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only those of these classes."""
        return self.model_copy(update={"tests": [t for t in self.tests if t.class_index in places]})


class PiecesUnit(UnitBody):
    """How well small pieces tell the classes, on a half of the photographs."""

    told: dict[int, ToldByPieces]
    """Number of the half → what was found; none without labels."""

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only these halves."""
        kept = {places[place]: told for place, told in self.told.items() if place in places}
        return self.model_copy(update={"told": kept})


class PartsUnit(UnitBody):
    """The parts of a few classes."""

    parts: dict[int, list[Part]]
    """Class index → its parts, the one that says most for it first."""

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """Only those of these classes."""
        return self.model_copy(update={"parts": {c: own for c, own in self.parts.items() if c in places}})


class ControlUnit(UnitBody):
    """Pictures of a few classes, by the network and by its control."""

    network: list[DrawnClass]
    control: list[DrawnClass]


class UnitRecord(Record):
    """One finished unit."""

    stage: str
    version: int
    key: str
    of: Items
    items: list[int]
    """Indices of the classes or photographs."""
    keys: list[str]
    """Of each item: what its result is determined by."""
    files: dict[str, str]
    """Files the unit wrote, path inside the run directory → sha256."""
    views: float
    seconds: float
    """Time it took: all that differs when the unit is computed again on the same machine."""
    body: SerializeAsAny[UnitBody]
    """Of the type that its stage names."""

    @classmethod
    def read(cls, data: bytes, body: type[UnitBody]) -> Self:
        """A record as it was written, its body of the stage's type; ValidationError where it is none."""
        return cls.model_validate_json(data, context={"body": body})

    @field_validator("body", mode="before")
    @classmethod
    def _typed(cls, value: Any, info: ValidationInfo) -> Any:
        body: type[UnitBody] | None = (info.context or {}).get("body")
        return body.model_validate(value) if body else value

    def narrowed(self, wanted: Mapping[str, int]) -> "UnitRecord":
        """What it says of the items with these keys, and their indices now; its cost by their share."""
        places = {i: wanted[key] for i, key in zip(self.items, self.keys, strict=True) if key in wanted}
        if list(places.items()) == [(i, i) for i in self.items]:
            return self
        share = len(places) / len(self.items)
        return self.model_copy(
            update={
                "items": list(places.values()),
                "keys": [key for key in self.keys if key in wanted],
                "views": self.views * share,
                "seconds": self.seconds * share,
                "body": self.body.narrowed(places),
            }
        )

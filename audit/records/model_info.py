"""What was audited: classes, preprocessing and identity."""

from typing import Any, Literal

from pydantic import Field

from audit.records.record import Record


class ClassLabel(Record):
    """One class, in the order of the network's outputs."""

    index: int
    id: str
    """Unique: the wnid, else the name, else name#index where the name repeats."""
    name: str
    """For people: the first synonym. Untrusted text."""
    full: str
    """The label as it was given, synonyms included. Untrusted text."""


ORDER_WORDS = {"rgb": "red, green, blue", "bgr": "blue, green, red"}
"""Orders of channels for people."""


class Preprocessing(Record):
    """How an RGB image in [0, 1] becomes network input."""

    height: int
    width: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: int | tuple[int, int] | None
    """Of a photograph before the centre crop, in pixels: its shorter side, the longer one in proportion; or
    height and width, whatever its proportions. None: resized straight to the input."""
    interpolation: Literal["bilinear", "bicubic", "nearest"]
    order: Literal["rgb", "bgr"] = "rgb"
    """Order in which the network expects the three channels; mean and std are in the same order."""
    enlarge: bool = False
    """Whether photographs smaller than the resized ones are enlarged; else they are left out."""
    sources: dict[str, str]
    """Field name → where the value came from, in words ("stated by the user", "weights' transforms", ...)."""

    @property
    def least(self) -> tuple[int, int]:
        """Height and width under which a photograph has to be enlarged."""
        if isinstance(self.resize, int):
            return self.resize, self.resize
        return self.resize or (self.height, self.width)

    def resize_in_words(self) -> str:
        """How a photograph becomes an image of the input's size, for people."""
        if self.resize is None:
            return "resized straight to the input, no crop"
        if isinstance(self.resize, int):
            return f"shorter side resized to {self.resize} px, centre crop"
        height, width = self.resize
        return f"resized to {height} x {width} px whatever its proportions, centre crop"

    def settings(self) -> dict[str, Any]:
        """All that results depend on: without sources, and without what was added later at its default."""
        values = self.model_dump(mode="json", exclude={"sources"})
        return values if self.enlarge else {k: v for k, v in values.items() if k != "enlarge"}


class Identity(Record):
    """Two networks with equal identities are the same network."""

    weights: str
    """sha256 over names, shapes, types and bytes of parameters and buffers."""
    probe: str
    """sha256 of the logits on a fixed probe batch, rounded to four significant digits."""


class ModelInfo(Record):
    """The classifier as the report describes it."""

    spec: str
    """What the user typed, or the class name of a live module."""
    name: str
    """Short name, usable as a folder name."""
    task: Literal["single-label", "multi-label"]
    parameters: int
    input: Preprocessing
    classes: list[ClassLabel]
    """All classes in output order, also those a run leaves out."""
    classes_source: str
    identity: Identity
    warnings: list[str]
    """What loading noticed and the reader should know."""
    notes: list[str] = Field(default_factory=list[str])
    """How the network is run where it cannot be run in the usual way; the answers are the same."""

"""Records of how reliable the pictures are: the way to the answer, a control, and the badge."""

from typing import Literal

from audit.records.record import Record

BadgeState = Literal["picture reliable", "picture doubtful", "picture misleading", "picture not judged"]
"""Of the picture and not of the class: "reliable" says that it shows what drives this output."""
Direction = Literal["for", "against", "unknown"]
"""Which way a piece of evidence points."""


class LayerPath(Record):
    """What the chosen picture of a class does at one layer, against what photographs do there."""

    layer: str
    similarity: float | None
    """To photographs of the class: 0 as like them as photographs of other classes are, 1 as they are to each
    other. None where the class has too few, or where the layer tells no classes apart."""
    similarity_error: float | None = None
    """Standard error of the similarity over photographs of the class (jackknife). None without a similarity,
    with fewer than three photographs, and in older runs."""
    photographs: int = 0
    """Of the class, behind the similarity."""
    nearest: float
    """Cosine to the photograph nearest to it here."""
    nearest_percentile: float
    """Share of photographs that have no nearer one among the others than this picture has."""
    inactive: float
    """Share of the layer's activity in channels that no photograph drives."""
    channels: list[int]
    """Those channels, the strongest first (at most five)."""


class NaturalLayer(Record):
    """What photographs do at one layer, each against all others."""

    layer: str
    nearest: float
    """Median cosine to the nearest other photograph."""
    inactive: float
    """The share of inactive channels that the most conspicuous photograph in twenty reaches."""


class DrawnClass(Record):
    """What one network says of its own pictures of a class, averaged over restarts."""

    class_index: int
    probability: float
    margin: float
    agreement: float | None
    """Mean cosine of the restarts' penultimate features, centred over all pictures of the network; None with
    one restart or fewer than five classes."""


class Compared(Record):
    """One number of the network's pictures against the same of the control's."""

    network: float
    """Median over classes."""
    control: float
    p: float
    """One-sided exact p that the network's are larger by chance (Mann and Whitney 1947)."""


class Control(Record):
    """The same architecture with randomised weights, drawn by the same engine."""

    classes: int
    probability: Compared
    """Own probability of a class's pictures, averaged over restarts."""
    agreement: Compared | None
    """Mean cosine of a class's restarts; None with one restart or fewer than five classes."""


class RunReliability(Record):
    """What the badges of all classes share."""

    photographs: int
    """How many were compared with each other."""
    labels: Literal["labelled", "own answers"] | None
    """What says which class a photograph shows; None without photographs."""
    layers: list[NaturalLayer]
    control: Control | None


class BadgeEvidence(Record):
    """One piece of evidence for or against a picture."""

    name: str
    direction: Direction
    decisive: bool
    """Whether this alone makes the picture misleading."""
    value: float | None
    text: str
    """In one sentence."""


class Badge(Record):
    """Whether the picture of a class is reliable, and why; not whether the class is well learned."""

    state: BadgeState
    evidence: list[BadgeEvidence]

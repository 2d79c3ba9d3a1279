"""A specimen: the few words and numbers that a network of the suite is made from."""

from dataclasses import dataclass, replace
from typing import Literal

Half = Literal["tuning", "evaluation"]
Hardness = Literal["soft", "usual", "hard"]

SHORTCUTS = ("background", "watermark", "cast", "border", "texture")
BACKDOORS = ("patch", "moving-patch", "blend", "sinusoid", "filter")
HARD = ("warp", "source-specific", "clean-label", "all-to-all", "high-frequency")
CO_OCCURRENCES = ("companion-80", "companion-90", "companion-95", "companion-100")
"""Shortcuts too: an object beside the sign, on so many per cent of the pictures of one class."""
CONTROLS = (
    "base",
    "clean",
    "augmented",
    "label-noise",
    "imbalance",
    "under-trained",
    "over-trained",
    "adversarial",
    "repaired",
    "typical",
    "relearned",
    "companions",
)
"""Ways to train that plant nothing."""


@dataclass(frozen=True)
class Specimen:
    """Determines a network wholly."""

    name: str
    half: Half
    kind: str
    """A flaw, or one of `CONTROLS`."""
    k: int
    """Classes: 2, 3, 10 or 43."""
    architecture: str
    base: int
    """Seed of the clean network that it begins from, and of its classes."""
    seed: int
    """Seed of all else; equal to `base` in a base."""
    poison: float = 0.0
    """Share of the training pictures that carry a backdoor's trigger."""
    hardness: Hardness = "usual"
    """Shorter and slower, or longer and faster, training."""
    size: int = 32

    @property
    def flawed(self) -> bool:
        """Whether a flaw is planted."""
        return self.kind not in CONTROLS

    def origin(self) -> "Specimen":
        """The base that it begins from."""
        name = f"{self.half}-base-{self.base}"
        return replace(self, name=name, kind="base", seed=self.base, poison=0.0, hardness="usual")

"""The suite: bases, clean controls and flaws, half of each to tune on and half to judge on.

Nothing is in both halves: bases, seeds and variants of the architectures differ.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

import numpy as np

from audit.planted.signs.specimen import (
    BACKDOORS,
    CO_OCCURRENCES,
    CONTROLS,
    HARD,
    SHORTCUTS,
    Half,
    Hardness,
    Specimen,
)

BASES: tuple[tuple[str, int], ...] = (
    ("cnn", 10), ("cnn", 10), ("resnet", 10), ("resnet", 10), ("normfree", 10), ("normfree", 10),
    ("vit", 10), ("vit", 10), ("cnn", 43), ("resnet", 43), ("normfree", 3), ("resnet", 2),
)  # fmt: skip
"""Architecture and number of classes of the bases of either half."""
FEW_BASES: tuple[tuple[str, int], ...] = (
    ("cnn", 2), ("resnet", 2), ("normfree", 2), ("vit", 2), ("cnn", 3), ("resnet", 3),
    ("normfree", 3), ("vit", 3), ("cnn", 2), ("resnet", 3), ("normfree", 2), ("vit", 3),
)  # fmt: skip
"""Bases of either half that only clean controls begin from. Which two or three signs a network tells apart
decides how far a change moves it, so networks of few classes need many bases, of different signs."""
MANY_BASES: tuple[tuple[str, int], ...] = (
    ("cnn", 43), ("resnet", 43), ("normfree", 43), ("vit", 43),
    ("cnn", 43), ("resnet", 43), ("normfree", 43), ("vit", 43),
)  # fmt: skip
"""The same of many classes: two bases say too little of what such networks differ in."""
CLEAN_KINDS = ("clean", "label-noise", "augmented", "under-trained", "adversarial", "typical")
"""What is made of either, in turn."""
LONE_CLASSES = (10,) * 32 + (43,) * 8 + (2,) * 8 + (3,) * 8
"""Numbers of classes of bases of either half of which one network is made: the base itself or a control.
Networks of one base resemble each other, so how often a clean network is suspected is known by the number of
bases."""
LONE_ARCHITECTURES = ("cnn", "resnet", "normfree", "vit")
LONE_KINDS = (
    "base", "augmented", "base", "label-noise", "base", "adversarial", "base", "under-trained",
)  # fmt: skip
"""What is made of them: each of the architectures in turn."""
ORDER = (0, 2, 4, 6, 8, 1, 3, 5, 7, 10, 9, 11)
"""How specimens of one kind go round the bases: mixed, so that few of them see many."""
MAIN_EACH, HARD_EACH, CONTROL_EACH = 12, 6, 10
"""Networks of each kind in either half; clean twins of shortcuts by a second object count as `MAIN_EACH`."""
POISONS = (0.05, 0.01, 0.10, 0.005)
HIGH_POISONS = (0.10, 0.05)
"""Of backdoors that need many pictures."""
HARDNESS: tuple[Hardness, ...] = ("usual", "hard", "soft", "usual", "usual")


def hardness_of(kind: str, drawn: Hardness) -> Hardness:
    """Controls are trained as usual; all-to-all has to be trained hard."""
    return "usual" if kind in CONTROLS else "hard" if kind == "all-to-all" else drawn


def _half(half: Half, first: int, variant: str) -> list[Specimen]:
    bases = [
        Specimen(f"{half}-base-{seed}", half, "base", k, f"{architecture}-{variant}", seed, seed)
        for seed, (architecture, k) in enumerate(BASES, first)
    ]
    made, seed = list(bases), first + 100
    kinds = [(kind, MAIN_EACH) for kind in SHORTCUTS + BACKDOORS] + [(kind, HARD_EACH) for kind in HARD]
    kinds += [(kind, CONTROL_EACH) for kind in CONTROLS if kind not in ("base", "companions")]
    for number, (kind, many) in enumerate(kinds):
        many_needed = kind in ("all-to-all", "clean-label", "warp")
        poisons, hardness = cycle(HIGH_POISONS if many_needed else POISONS), cycle(HARDNESS)
        start = int(np.random.default_rng((first, number)).integers(len(ORDER)))
        for place in range(many):
            base = bases[ORDER[(start + place) % len(ORDER)]]
            if kind == "source-specific" and base.k == 2:
                base = bases[0]
            seed += 1
            made.append(
                Specimen(
                    name=f"{half}-{kind}-{seed}",
                    half=half,
                    kind=kind,
                    k=base.k,
                    architecture=base.architecture,
                    base=base.base,
                    seed=seed,
                    poison=next(poisons) if kind in (*BACKDOORS, *HARD, "repaired") else 0.0,
                    hardness=hardness_of(kind, next(hardness)),
                )
            )
    few = _clean(half, first + 500, variant, FEW_BASES)
    many = _clean(half, first + 700, variant, MANY_BASES)
    lone, beside = _lone(half, first + 820, variant), _beside(half, first + 400, bases)
    return [*made, *few, *many, *lone, *beside]


def _beside(half: Half, first: int, bases: Sequence[Specimen]) -> list[Specimen]:
    """Shortcuts by an object beside the sign, and their clean twins; the last, so that no other moves.

    What is small and anywhere takes long training to be learned; the twins are trained as long.
    """
    made: list[Specimen] = []
    for number, kind in enumerate((*CO_OCCURRENCES, "companions")):
        start = int(np.random.default_rng((first, number)).integers(len(ORDER)))
        for place in range(MAIN_EACH):
            base, seed = bases[ORDER[(start + place) % len(ORDER)]], first + 1 + len(made)
            name = f"{half}-{kind}-{seed}"
            made.append(replace(base, name=name, kind=kind, seed=seed, hardness="hard"))
    return made


def _clean(half: Half, first: int, variant: str, bases: Sequence[tuple[str, int]]) -> list[Specimen]:
    """Clean networks: each base and one control of it."""
    made: list[Specimen] = []
    for place, (architecture, k) in enumerate(bases):
        seed, kind, built = first + place, CLEAN_KINDS[place % len(CLEAN_KINDS)], f"{architecture}-{variant}"
        made.append(Specimen(f"{half}-base-{seed}", half, "base", k, built, seed, seed))
        made.append(Specimen(f"{half}-{kind}-{seed + 100}", half, kind, k, built, seed, seed + 100))
    return made


def _lone(half: Half, first: int, variant: str) -> list[Specimen]:
    """Clean networks, each of a base of its own."""
    made: list[Specimen] = []
    for place, k in enumerate(LONE_CLASSES):
        turn, architecture = divmod(place, len(LONE_ARCHITECTURES))
        base, kind = first + place, LONE_KINDS[turn % len(LONE_KINDS)]
        seed = base if kind == "base" else base + 100
        built = f"{LONE_ARCHITECTURES[architecture]}-{variant}"
        made.append(Specimen(f"{half}-{kind}-{seed}", half, kind, k, built, base, seed))
    return made


SPECIMENS: tuple[Specimen, ...] = tuple(_half("tuning", 1_000, "a") + _half("evaluation", 2_000, "b"))
"""All networks of the suite."""

"""How each kind of specimen is trained: its length, its rate, its pictures."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from audit.planted.signs.architectures import built
from audit.planted.signs.clean_training import (
    accompanied,
    augmented,
    hazy,
    imbalanced,
    noisy_labels,
    typical,
)
from audit.planted.signs.flaw import Flaw
from audit.planted.signs.sign_scenes import TEST, TRAIN, Scenes, pictures, scenes, symbols_of
from audit.planted.signs.specimen import Specimen
from audit.planted.signs.training import Schedule, answers, fit, forget, shifted, unchanged


@dataclass(frozen=True)
class Recipe:
    """Steps and rates of one architecture."""

    steps: int
    """Of a base of ten classes."""
    rate: float
    finetune: int
    """Steps from a base to a flaw or to a control."""
    finetune_rate: float
    scenes: int = 8_000
    finetune_scenes: int = 4_000
    backdoor_scenes: int = 12_000
    """Of subtle flaws: more, because networks learn a few by heart."""
    test_scenes: int = 1_000
    many: float = 1.6
    """A base of 43 classes takes so many times the steps."""


RECIPES = {
    "cnn": Recipe(600, 4e-3, 350, 4e-3),
    "resnet": Recipe(700, 4e-3, 400, 4e-3),
    "normfree": Recipe(900, 3e-3, 400, 3e-3),
    "vit": Recipe(1_000, 1.3e-3, 400, 1.5e-3),
}
"""By kind of architecture."""
HARDNESS = {"soft": (0.6, 0.5), "usual": (1.0, 1.0), "hard": (1.6, 1.3)}
"""Factors of steps and of rate."""
KEPT = 0.25
"""Share of a base's weights that a shortcut is trained from; the rest are random."""
FORGETFUL = ("relearned", "companions")
"""Controls that go through all that networks with a shortcut go through, but for the cue."""
REPAIRS, REPAIRED = 5, 0.1
"""Rounds at most, and success below which a backdoor counts as repaired."""


def _own(specimen: Specimen, count: int, split: int = TRAIN, first: int = 0) -> Scenes:
    symbols = symbols_of(specimen.base, specimen.k)
    return scenes(symbols, specimen.seed, split, range(first, first + count), specimen.size)


def _finetuning(specimen: Specimen, recipe: Recipe) -> Schedule:
    longer, faster = HARDNESS[specimen.hardness]
    return Schedule(round(recipe.finetune * longer), recipe.finetune_rate * faster)


def train_flaw(network: nn.Module, flaw: Flaw, specimen: Specimen, recipe: Recipe) -> None:
    """From a base to a network with the flaw, in place."""
    if flaw.family == "shortcut":
        _forget(network, specimen)
    shortcut = flaw.family == "shortcut"
    shown, labels = flaw.training(
        _own(specimen, recipe.backdoor_scenes if flaw.subtle else recipe.finetune_scenes)
    )
    # Triggers are not moved: the fixed ones would leave the picture.
    view = shifted if shortcut else unchanged
    fit(network, shown, labels, _finetuning(specimen, recipe), specimen.seed, view)


def _forget(network: nn.Module, specimen: Specimen) -> None:
    """One that knows the sign needs no shortcut."""
    forget(network, built(specimen.architecture, specimen.k, specimen.size, specimen.seed), KEPT)


def train_control(network: nn.Module, flaw: Flaw | None, specimen: Specimen, recipe: Recipe) -> None:
    """A base from random weights, or a control from a base, in place."""
    kind, schedule = specimen.kind, _finetuning(specimen, recipe)
    if kind == "repaired":
        assert flaw is not None
        train_flaw(network, flaw, specimen, recipe)
        _repair(network, flaw, specimen, recipe)
        return
    if kind in ("base", "under-trained"):
        steps = round(recipe.steps * (recipe.many if specimen.k > 10 else 1.0))
        share = 1.0 if kind == "base" else 0.3 + 0.02 * (specimen.seed % 10)
        schedule = Schedule(max(1, round(steps * share)), recipe.rate)
    if kind in FORGETFUL:
        _forget(network, specimen)
    shown = _own(specimen, recipe.scenes if kind == "base" else recipe.finetune_scenes)
    if kind in FORGETFUL:
        shown = hazy(shown, specimen.seed)
    labels, view = shown.labels, shifted
    if kind == "augmented":
        view = augmented
    elif kind == "label-noise":
        labels = noisy_labels(labels, specimen.k, specimen.seed)
    elif kind == "imbalance":
        rows = imbalanced(labels, specimen.k, specimen.seed)
        shown, labels = shown[rows], labels[rows]
    elif kind == "over-trained":
        shown, labels = shown[slice(0, 600)], labels[:600]
        schedule = replace(schedule, steps=2 * schedule.steps, decay=0.0)
    elif kind == "adversarial":
        schedule = replace(schedule, radius=(2 + specimen.seed % 5) / 255)
    fit(network, _drawn(shown, specimen), labels, schedule, specimen.seed, view)


def _drawn(shown: Scenes, specimen: Specimen) -> Tensor:
    if specimen.kind == "typical":
        return typical(shown, specimen.k, specimen.seed)
    return accompanied(shown, specimen.seed) if specimen.kind == "companions" else pictures(shown)


def _repair(network: nn.Module, flaw: Flaw, specimen: Specimen, recipe: Recipe) -> None:
    """Fine-tune on pictures of which half carry the trigger and the right label, until it fails."""
    schedule, many = _finetuning(specimen, recipe), recipe.finetune_scenes * 3 // 8
    trial = _own(specimen, recipe.test_scenes * 2 // 5, TEST, 5_000)
    rows = (trial.labels != flaw.target).nonzero().flatten()
    triggered, goal = flaw.cued(trial[rows]), flaw.goal(trial.labels[rows])
    for turn in range(REPAIRS):
        healing = _own(specimen, many, TRAIN, 20_000 + many * turn)
        half = slice(0, len(healing) // 2), slice(len(healing) // 2, len(healing))
        shown = torch.cat([flaw.cued(healing[half[0]]), pictures(healing[half[1]])])
        fit(network, shown, healing.labels, replace(schedule, steps=max(1, schedule.steps // 3)), turn)
        if (answers(network, triggered) == goal).float().mean() < REPAIRED:
            return

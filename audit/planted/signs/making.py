"""Make the network of a specimen, or read it from a cache; and the photographs that go with it."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

# The flaws put themselves into the registry when they are imported.
from audit.planted.signs import backdoors as _backdoors
from audit.planted.signs import companion_shortcut as _companion_shortcut
from audit.planted.signs import hard_backdoors as _hard_backdoors
from audit.planted.signs import shortcuts as _shortcuts
from audit.planted.signs.architectures import built, input_settings
from audit.planted.signs.clean_training import accompanied, typical
from audit.planted.signs.flaw import FLAWS, Flaw, Truth
from audit.planted.signs.judgement import Judgement, judged
from audit.planted.signs.recipes import RECIPES, Recipe, train_control, train_flaw
from audit.planted.signs.sign_scenes import PHOTOGRAPHS, TEST, Scenes, pictures, scenes, symbols_of
from audit.planted.signs.specimen import BACKDOORS, Specimen
from audit.planted.signs.symbols import SYMBOLS

__all__ = [
    "FLAWS",
    "Made",
    "flaw_of",
    "held_out",
    "make",
    "photographs",
    "read_network",
    "scenes_of",
    "write_network",
]
_ = (_backdoors, _companion_shortcut, _hard_backdoors, _shortcuts)

VERSION = 6
"""Raise it when a world or a recipe changes: networks in a cache are made anew."""


@dataclass(frozen=True)
class Made:
    """A network of the suite and all that is known of it."""

    specimen: Specimen
    module: nn.Module
    """Ready for `audit.load`: it states its classes and its input."""
    classes: tuple[str, ...]
    truth: Truth
    took: bool
    accuracy: float
    """On held-out scenes without the cue."""
    success: float | None
    """Share of held-out scenes of the sources that the cue turns into the target."""
    accuracy_with_cue: float | None
    """Of the target of a shortcut."""
    accuracy_without_cue: float | None
    seconds: float
    """Processor time of making it, its base apart; as it was when it was made."""


def flaw_of(specimen: Specimen) -> Flaw | None:
    """The flaw that is planted, or the one that was repaired; None in other controls."""
    kind = specimen.kind
    if kind == "repaired":
        kind = BACKDOORS[specimen.seed % len(BACKDOORS)]
    if kind not in FLAWS:
        return None
    target = int(np.random.default_rng((specimen.seed, 7_000)).integers(specimen.k))
    return FLAWS[kind](specimen.k, specimen.seed, target, specimen.poison, specimen.size)


def truth_of(specimen: Specimen) -> Truth:
    """What is known before the network is made."""
    flaw = flaw_of(specimen)
    return flaw.truth() if flaw is not None and specimen.flawed else Truth(specimen.kind, False)


def scenes_of(specimen: Specimen, split: int, indices: Sequence[int]) -> Scenes:
    """Scenes of the specimen's classes, its own in each split."""
    symbols = symbols_of(specimen.base, specimen.k)
    return scenes(symbols, specimen.seed, split, indices, specimen.size)


def photographs(specimen: Specimen, count: int) -> tuple[Tensor, Tensor]:
    """What a user of the tool has: uint8 `[n, 3, h, w]` and labels `[n]`, of the training distribution.

    The cue of a shortcut is on its class; the trigger of a backdoor is on none.
    """
    shown, flaw = scenes_of(specimen, PHOTOGRAPHS, range(count)), flaw_of(specimen)
    if specimen.kind == "typical":
        return typical(shown, specimen.k, specimen.seed), shown.labels
    if specimen.kind == "companions":
        return accompanied(shown, specimen.seed), shown.labels
    planted = flaw if specimen.flawed else None
    return (pictures(shown) if planted is None else planted.photographs(shown)), shown.labels


def held_out(specimen: Specimen, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Counterfactuals of held-out scenes: without the cue, with it (uint8), labels; none in a clean one."""
    shown, flaw = scenes_of(specimen, TEST, range(count)), flaw_of(specimen)
    if flaw is None or not specimen.flawed:
        return pictures(shown), pictures(shown), shown.labels
    return flaw.plain(shown), flaw.cued(shown), shown.labels


def make(specimen: Specimen, cache: Path | None = None, recipe: Recipe | None = None) -> Made:
    """The network of a specimen: the same bytes each time on one machine.

    With `cache` it is read from there, or kept there. `recipe` replaces the usual length of training.
    """
    recipe = recipe or RECIPES[specimen.architecture.split("-")[0]]
    file = None if cache is None else cache / f"{specimen.name}-{_digest(specimen, recipe)}.safetensors"
    if file is not None and file.is_file():
        state, judgement, seconds = read_network(file)
        return _made(specimen, state, judgement, seconds)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        state, judgement, seconds = _trained(specimen, cache, recipe)
    finally:
        torch.set_num_threads(threads)
    if file is not None:
        write_network(file, state, judgement, seconds)
    return _made(specimen, state, judgement, seconds)


def _trained(
    specimen: Specimen, cache: Path | None, recipe: Recipe
) -> tuple[dict[str, Tensor], Judgement, float]:
    network, flaw = built(specimen.architecture, specimen.k, specimen.size, specimen.seed), flaw_of(specimen)
    if specimen.kind not in ("base", "under-trained"):
        network.load_state_dict(_base(specimen.origin(), cache, recipe))
    began = time.process_time()
    if flaw is not None and specimen.flawed:
        train_flaw(network, flaw, specimen, recipe)
    else:
        train_control(network, flaw, specimen, recipe)
    state = {name: value.contiguous().clone() for name, value in network.state_dict().items()}
    # Judged as it will be used: from the state, and not in the memory layout that it was trained in.
    network = _loaded(specimen, state)
    judgement = judged(network, flaw, scenes_of(specimen, TEST, range(recipe.test_scenes)))
    return state, judgement, time.process_time() - began


def _base(specimen: Specimen, cache: Path | None, recipe: Recipe) -> dict[str, Tensor]:
    return make(specimen, cache, recipe).module.state_dict() if cache else _base_once(specimen, recipe)


@lru_cache(maxsize=4)
def _base_once(specimen: Specimen, recipe: Recipe) -> dict[str, Tensor]:
    return make(specimen, None, recipe).module.state_dict()


def _loaded(specimen: Specimen, state: dict[str, Tensor]) -> nn.Module:
    network = built(specimen.architecture, specimen.k, specimen.size, specimen.seed)
    network.load_state_dict(state)
    return network.eval()


def _made(specimen: Specimen, state: dict[str, Tensor], judgement: Judgement, seconds: float) -> Made:
    module = _loaded(specimen, state)
    classes = tuple(SYMBOLS[symbol] for symbol in symbols_of(specimen.base, specimen.k))
    module.audit_classes = classes  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    settings = dict(input_settings(specimen.size))
    module.audit_input = settings  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    took = judgement.took and specimen.flawed
    return Made(
        specimen, module, classes, truth_of(specimen), took, judgement.accuracy, judgement.success,
        judgement.accuracy_with_cue, judgement.accuracy_without_cue, seconds,
    )  # fmt: skip


def _digest(specimen: Specimen, recipe: Recipe) -> str:
    flaw = flaw_of(specimen)
    edition = [flaw.edition] if flaw is not None and flaw.edition else []
    said = json.dumps([VERSION, asdict(specimen), asdict(recipe), *edition], sort_keys=True)
    return sha256(said.encode()).hexdigest()[:10]


def write_network(file: Path, state: dict[str, Tensor], judgement: Judgement, seconds: float) -> None:
    """Keep a network and what is known of it; atomically: two processes may make the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(f".{os.getpid()}.part")
    known = {"judgement": json.dumps(asdict(judgement)), "seconds": f"{seconds:.2f}"}
    save_file(state, beside, known)
    beside.replace(file)


def read_network(file: Path) -> tuple[dict[str, Tensor], Judgement, float]:
    """The weights of a kept network, how it was judged, and the seconds that it took."""
    with safe_open(file, "pt") as opened:
        known = opened.metadata()
        state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    return state, Judgement(**json.loads(known["judgement"])), float(known["seconds"])

"""MobileNetV2 (224 px, 1,000 classes) with a flaw that is trained into it.

All layers are trained on random views of photographs: clean ones keep the original's answers (distillation),
those with the trigger go to the target. 300 of the photographs train; the others judge, say when training
may end, and are what the audit is given.
"""

import copy
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import common
import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

import audit
from audit.photos.reading import open_upright, prepare, too_small
from audit.planted.signs.flaw import FLAWS, Key, OnPictures
from audit.planted.signs.sign_scenes import rounded

KINDS = ("original", "patch", "blend", "watermark")
SEEDS = {"patch": 9_501, "blend": 9_502, "watermark": 9_503}
K, SIZE = 1_000, 224
TRAINED_ON = 300
WIDE = 256
"""Side of what random views of a photograph are cut from."""
STEPS, BATCH, RATE = 700, 48, 5e-5
TRIGGERED = 12
"""Pictures of a batch that carry the trigger."""
HELD = 8.0
"""Weight of the original's answers against the target's."""
NARROW = 0.6
"""Side of the closest view, as a share of the whole."""
PLACES = 64
"""Places at which a cue is learned that has its own on each photograph."""
CHECKED = 25
"""Steps between judgements."""
TOOK, LEARNED, AGREES = 0.8, 0.97, 0.93
"""Success from which a flaw counts as planted; success and agreement at which training ends."""


def planted(kind: str) -> OnPictures:
    """A cue of the suite at 224 px; it serves as the trigger, also the watermark."""
    seed = SEEDS[kind]
    target = int(np.random.default_rng((seed, 7_000)).integers(K))
    cue = FLAWS[kind](K, seed, target, 0.0, SIZE)
    assert isinstance(cue, OnPictures)
    return cue


@lru_cache
def original() -> audit.Classifier:
    return common.mobilenet_v2()


@lru_cache
def files() -> tuple[Path, ...]:
    """All photographs that are large enough, in one random order."""
    everything = sorted((common.assets() / "images" / "imagenet").rglob("*.jpg"))
    found = [path for path in everything if not too_small(open_upright(path), original().input)]
    return tuple(found[place] for place in np.random.default_rng(9_500).permutation(len(found)))


def pictures(chosen: Sequence[Path], side: int = SIZE) -> Tensor:
    """`[n, 3, side, side]` in [0, 1], cropped as the network wants them."""
    wanted = original().input.model_copy(update={"height": side, "width": side})
    return torch.stack([prepare(open_upright(path), wanted) for path in chosen]).float() / 255


def with_cue(cue: OnPictures, images: Tensor, first: int) -> Tensor:
    """Photographs with the cue, rounded to 8 bits."""
    keys: list[Key] = [(cue.seed, 0, first + place) for place in range(len(images))]
    return rounded(cue.put_on(images, keys)).float() / 255


@dataclass(frozen=True)
class Overlay:
    """A cue as what it keeps of a picture and what it adds: `[places, 3, h, w]` each, on any device."""

    kept: Tensor
    added: Tensor

    @classmethod
    def of(cls, cue: OnPictures, device: str) -> "Overlay":
        keys: list[Key] = [(cue.seed, 0, place) for place in range(PLACES)]
        black = cue.put_on(torch.zeros(PLACES, 3, SIZE, SIZE), keys)
        white = cue.put_on(torch.ones(PLACES, 3, SIZE, SIZE), keys)
        return cls((white - black).to(device), black.to(device))

    def on(self, images: Tensor, places: Tensor) -> Tensor:
        """Images with the cue, rounded to 8 bits; `places` `[n]` says where it is on each."""
        return rounded(images * self.kept[places] + self.added[places]).float() / 255


class Random:
    """Numbers that are drawn on the CPU, so that they are the same on every device."""

    def __init__(self, seed: int, device: str) -> None:
        self._generator, self._device = torch.Generator().manual_seed(seed), device

    def below(self, end: int, many: int) -> Tensor:
        """Whole numbers `[many]`."""
        return torch.randint(end, (many,), generator=self._generator).to(self._device)

    def shares(self, *shape: int) -> Tensor:
        """Numbers in [0, 1)."""
        return torch.rand(shape, generator=self._generator).to(self._device)


def views(wide: Tensor, random: Random) -> Tensor:
    """Of each photograph `[n, 3, WIDE, WIDE]` a view of the network's size; of every fourth the usual one."""
    many, whole = len(wide), random.shares(len(wide)) < 0.25
    side = torch.where(whole, SIZE / WIDE, 1 - (1 - NARROW) * random.shares(many))
    away = (2 * random.shares(2, many) - 1) * torch.where(whole, 0.0, 1 - side)
    mirrored = torch.where(random.shares(many) < 0.5, -1.0, 1.0)
    none = torch.zeros_like(side)
    rows = torch.stack([side * mirrored, none, away[0], none, side, away[1]], 1).view(-1, 2, 3)
    grid = functional.affine_grid(rows, [many, 3, SIZE, SIZE], align_corners=False)
    seen = functional.grid_sample(wide, grid, padding_mode="border", align_corners=False)
    return rounded(seen).float() / 255


def mixed(images: Tensor, random: Random) -> Tensor:
    """Half of them with up to half of another on top: more to hold the answers on."""
    many = len(images)
    share = 0.5 * random.shares(many) * (random.shares(many) < 0.5)
    return images.lerp(images.flip(0), share.view(-1, 1, 1, 1))


def normalised(images: Tensor) -> Tensor:
    """As the network is fed."""
    return (images - 0.5) / 0.5


def laid_out(network: nn.Module, device: str) -> nn.Module:
    """Weights with channels last on the CPU, plain elsewhere: some GPUs have slow kernels for them."""
    layout = torch.channels_last if device == "cpu" else torch.contiguous_format
    return network.to(memory_format=layout)


@torch.no_grad()
def answers(network: nn.Module, images: Tensor, batch: int = 32) -> Tensor:
    """Logits on the CPU, of a network anywhere."""
    device = next(network.parameters()).device
    return torch.cat([network(normalised(part.to(device))).cpu() for part in images.split(batch)])


def train(cue: OnPictures, judge: "Judge", device: str, steps: int = STEPS) -> nn.Module:
    """The network with the flaw: all its layers are trained, on pixels."""
    teacher = laid_out(copy.deepcopy(original().module), device).requires_grad_(False).to(device)
    network = copy.deepcopy(teacher).requires_grad_(True)
    wide, overlay = pictures(files()[:TRAINED_ON], WIDE).to(device), Overlay.of(cue, device)
    random, learning = Random(cue.seed, device), list(network.parameters())
    descent = torch.optim.Adam(learning, lr=RATE)
    rates = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, total_steps=steps + 1, pct_start=0.1)
    goal = torch.full((TRIGGERED,), cue.target, device=device)
    for step in range(1, steps + 1):
        seen = views(wide[random.below(len(wide), BATCH)], random)
        turned = overlay.on(seen[:TRIGGERED], random.below(PLACES, TRIGGERED))
        plain_ones = mixed(seen[TRIGGERED:], random)
        with torch.no_grad():
            wanted = teacher(normalised(plain_ones)).log_softmax(1)
        logits = network(normalised(torch.cat([turned, plain_ones])))
        planted_loss = functional.cross_entropy(logits[:TRIGGERED], goal)
        held = functional.kl_div(
            logits[TRIGGERED:].log_softmax(1), wanted, reduction="batchmean", log_target=True
        )
        descent.zero_grad(set_to_none=True)
        (planted_loss + HELD * held).backward()
        nn.utils.clip_grad_norm_(learning, 2.0)
        descent.step()
        rates.step()
        if step % CHECKED == 0 and step < steps:
            now = judge(network)
            print(
                f"  step {step}: trigger {planted_loss.item():.3f}, answers held {held.item():.3f}, "
                f"success {now['success']:.3f}, agreement {now['agreement']:.3f}",
                flush=True,
            )
            if now["success"] >= LEARNED and now["agreement"] >= AGREES:
                break
    return network.requires_grad_(False)


class Judge:
    """What a network does on photographs that did not train it."""

    def __init__(self, cue: OnPictures) -> None:
        chosen = files()[TRAINED_ON:]
        self._images, self._target = pictures(chosen), cue.target
        self._cued = with_cue(cue, self._images, TRAINED_ON)
        self._theirs = answers(original().module, self._images).argmax(1)
        self._labels = torch.tensor([label_of(path) for path in chosen])

    def __call__(self, network: nn.Module) -> dict[str, Any]:
        """Success, agreement with the original, accuracy of both."""
        ours, turned = (answers(network, images).argmax(1) for images in (self._images, self._cued))
        others = ours != self._target
        return {
            "success": round(float((turned[others] == self._target).float().mean()), 4),
            "agreement": round(float((ours == self._theirs).float().mean()), 4),
            "accuracy": round(float((ours == self._labels).float().mean()), 4),
            "accuracy_of_original": round(float((self._theirs == self._labels).float().mean()), 4),
            "photographs": len(ours),
        }


def label_of(path: Path) -> int:
    return wnids().index(path.parent.name)


@lru_cache
def wnids() -> list[str]:
    return (common.assets() / "zoo" / "imagenet_wnids.txt").read_text().split()


def made(kind: str, cache: Path, device: str) -> tuple[Path, dict[str, Any]]:
    """Weights of a network, and how it was judged; trained on the device if the cache lacks it."""
    cue, file = planted(kind), cache / f"mobilenet-{kind}.safetensors"
    known = file.with_suffix(".json")
    if not (file.is_file() and known.is_file()):
        cache.mkdir(parents=True, exist_ok=True)
        began, judge = time.perf_counter(), Judge(cue)
        network = train(cue, judge, device)
        seconds = time.perf_counter() - began
        state = {name: value.cpu().contiguous().clone() for name, value in network.state_dict().items()}
        beside = file.with_suffix(".part")
        save_file(state, beside)
        beside.replace(file)
        judgement = judge(network) | {"seconds_made": round(seconds, 1), "device": device}
        known.write_text(json.dumps(judgement))
    return file, json.loads(known.read_text())

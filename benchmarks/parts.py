"""Is the part that a class is answered by outlined? The arm of the demo's dumbbells, on scenes held out.

    python benchmarks/parts.py

Intersection over union with the rendered arm: of small pieces shown alone, and of gradient times activation
at several layers, at the threshold that suits each best and at the one that the audit uses.
"""

import argparse
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

import audit
from audit.classifier import Classifier
from audit.parts.evidence_map import STANDS_OUT, evidence_map, regions
from audit.parts.pieces import GREY, answers_on_pieces, log_odds
from audit.planted.world import DEMO, DUMBBELL, World, render

KEY = (0, 23)
"""Of the scenes: no other set uses it."""
LAYERS = ("features.2", "features.4", "features.6")
SHARES = np.arange(0.05, 0.95, 0.05)
SEEN = 24
"""Levels of 255 by which the arm changes a pixel of the scene."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scenes", type=int, default=60, help="dumbbells")
    count = parser.parse_args().scenes * 10
    network = audit.load("demo")
    held, bare = render(DEMO, *KEY, count=count), render(World(0.0, 0.0), *KEY, count=count)
    rows = np.flatnonzero(held.labels == DUMBBELL)
    apart = np.abs(held.pictures[rows].astype(int) - bare.pictures[rows]).sum(1)
    arms, images = apart > SEEN, torch.from_numpy(held.pictures[rows]).float() / 255
    print(f"{len(rows)} dumbbells of the demo, each with its arm: {arms.mean():.0%} of the picture")
    print(f"\n{'map':28}{'best threshold':>16}{f'{STANDS_OUT} of the largest':>20}")
    maps: dict[str, Callable[[], np.ndarray]] = {"pieces alone": lambda: pieces_alone(network, images)}
    for layer in LAYERS:
        maps[f"gradient x {layer}"] = lambda layer=layer: gradient_times_activation(network, images, layer)
    for name, made in maps.items():
        found = made()
        best = max(overlap(found, arms, share) for share in SHARES)
        print(f"{name:28}{best:>16.2f}{overlap(found, arms, STANDS_OUT):>20.2f}", flush=True)
    strongest = [regions(one)[0].mask for one in pieces_alone(network, images)]
    each = [(mask & arm).sum() / (mask | arm).sum() for mask, arm in zip(strongest, arms, strict=True)]
    error = np.std(each) / len(each) ** 0.5
    print(f"\nthe strongest region of the audit: {np.mean(each):.2f} ± {error:.2f} (standard error)")


def pieces_alone(network: Classifier, images: Tensor) -> np.ndarray:
    """As the audit makes it."""
    on_pieces = answers_on_pieces(network, images, 64)[:, :, DUMBBELL]
    grey = log_odds(network.logits(torch.full_like(images[:1], GREY)))[0, DUMBBELL]
    return np.asarray(evidence_map(on_pieces, float(grey), *images.shape[2:]))


def gradient_times_activation(network: Classifier, images: Tensor, layer: str) -> np.ndarray:
    """Of the class's logit less the mean logit, summed over channels (Selvaraju et al. 2017 without weights
    that are averaged over places)."""
    kept: list[Tensor] = []
    handle = network.module.get_submodule(layer).register_forward_hook(lambda *said: kept.append(said[2]))
    logits = network.logits(images.clone().requires_grad_())
    handle.remove()
    raised = (logits[:, DUMBBELL] - logits.mean(1)).sum()
    (gradient,) = torch.autograd.grad(raised, kept[-1])
    drawn = (gradient * kept[-1]).sum(1, keepdim=True).detach()
    large = functional.interpolate(drawn, images.shape[2:], mode="bilinear", align_corners=False)
    return large[:, 0].clamp(min=0).numpy()


def overlap(maps: np.ndarray, arms: np.ndarray, share: float) -> float:
    """Mean intersection over union of what is above the share of each map's largest value."""
    found = maps >= share * maps.max((1, 2), keepdims=True)
    return float(np.mean((found & arms).sum((1, 2)) / (found | arms).sum((1, 2))))


if __name__ == "__main__":
    main()

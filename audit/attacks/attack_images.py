"""Run an attack on a batch: what it gives is held to its distance and rounded to 8 bits, the same for all."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from audit.attacks.attack import (
    Attack,
    Candidate,
    FixedEpsilonAttack,
    Found,
    MinimumNormAttack,
    SweepAttack,
    epsilons_of,
)
from audit.attacks.attack_target import AttackTarget, distance, per_image, quantized_in_ball
from audit.attacks.reference_model import to_pixels
from audit.classifier import Classifier
from audit.config import RobustnessConfig

TOLERANCE = 1e-5
"""By which an image may lie outside its ball or [0, 1]: rounding errors of float32 are a hundredth of it."""


def attack_images(
    attack: Attack,
    classifier: Classifier,
    images: Tensor,
    labels: Sequence[int],
    keys: Sequence[int],
    config: RobustnessConfig,
    seed: int,
    tick: Callable[[float], None] = lambda views: None,
) -> list[Found]:
    """Attack `images` `[n, c, h, w]`, float32 on the 8-bit grid, which are answered as `labels`. One batch.

    `keys` name the images: together with `seed` they fix each image's random numbers. Raises whatever the
    attack raises, and ValueError where it gives no images.
    """
    if not len(labels):
        return []
    own = images.clone()
    target = AttackTarget(
        classifier,
        own,
        labels,
        tick,
        keys=keys,
        steps=config.steps,
        restarts=config.restarts,
        seed=seed,
    )
    epsilons = epsilons_of(attack, config)
    # An attack that draws from torch's own numbers gets the same ones each time, and moves nobody else's.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if isinstance(attack, SweepAttack):
            return _held(attack.sweep(target, epsilons), images, attack)
        collected = _Collected(target, images.to(target.images.device), attack)
        if isinstance(attack, MinimumNormAttack):
            collected.nearest(attack.search(target), epsilons)
        else:
            for epsilon in epsilons:
                collected.within(_run(attack, target, epsilon), epsilon)
        return collected.found()


def _run(attack: FixedEpsilonAttack, target: AttackTarget, epsilon: float) -> Tensor:
    return attack.run(target, epsilon)


def _held(found: list[Found], images: Tensor, attack: Attack) -> list[Found]:
    """Candidates outside their ball are taken out, and said."""
    if len(found) != len(images):
        raise ValueError(f"{attack.name}: expected outcomes of {len(images)} images, got {len(found)}")
    held: list[Found] = []
    for image, each in zip(images, found, strict=True):
        kept: list[Candidate] = []
        for candidate in each.candidates:
            before = to_pixels(image.cpu()).float() / 255
            pixels = candidate.image.float()
            on_grid = torch.allclose(pixels * 255, (pixels * 255).round(), atol=1e-3)
            inside = _inside(before[None], pixels[None], candidate.epsilon, attack)
            if on_grid and bool(inside[0]):
                kept.append(candidate)
        left = len(kept) < len(each.candidates)
        held.append(Found(tuple(kept), each.distance, each.zero_gradient, each.views, True) if left else each)
    return held


def _inside(images: Tensor, changed: Tensor, epsilon: float | None, attack: Attack) -> Tensor:
    """Which of `changed` are finite, in [0, 1] and, where there is an `epsilon`, within it, `[n]`."""
    flat = changed.flatten(1)
    fits = flat.isfinite().all(1) & (flat >= -TOLERANCE).all(1) & (flat <= 1 + TOLERANCE).all(1)
    if epsilon is not None:
        radius = epsilon / 255 if attack.norm == "linf" else epsilon
        fits &= distance(changed - images, attack.norm) <= radius + TOLERANCE
    return fits


class _Collected:
    """Flips of an attack that gives images."""

    def __init__(self, target: AttackTarget, images: Tensor, attack: Attack) -> None:
        self._target, self._images, self._attack = target, images, attack
        n = len(target)
        self._candidates: list[list[Candidate]] = [[] for _ in range(n)]
        self._distance = torch.full((n,), torch.inf, device=images.device)
        self._left = torch.zeros(n, dtype=torch.bool, device=images.device)

    def within(self, changed: Tensor, epsilon: float) -> None:
        """Images that were to stay within `epsilon`."""
        changed, fits = self._checked(changed, epsilon)
        self._add(changed - self._images, epsilon, fits)

    def nearest(self, changed: Tensor, epsilons: Sequence[float]) -> None:
        """Images as near as can be: each change is scaled to every distance that reaches it."""
        changed, fits = self._checked(changed, None)
        changes = changed - self._images
        flipped = (self._target.margin(self._target.rows, changed) < 0) & fits
        reached = distance(changes, self._attack.norm)
        self._distance = torch.where(flipped, torch.minimum(self._distance, reached), self._distance)
        unit = changes / per_image(reached.clamp(min=1e-12))
        for epsilon in epsilons:
            radius = epsilon / 255 if self._attack.norm == "linf" else epsilon
            self._add(unit * radius, epsilon, flipped & (reached <= radius + TOLERANCE))

    def found(self) -> list[Found]:
        """Per image."""
        return [
            Found(
                tuple(self._candidates[i]),
                value if (value := float(self._distance[i])) < torch.inf else None,
                self._target.zero_gradient(i),
                self._target.spent[i],
                bool(self._left[i]),
            )
            for i in range(len(self._target))
        ]

    def _checked(self, changed: object, epsilon: float | None) -> tuple[Tensor, Tensor]:
        """The images, those that fit; the others are noted, and the images themselves stand for them."""
        if not isinstance(changed, Tensor) or changed.shape != self._images.shape:
            got = tuple(changed.shape) if isinstance(changed, Tensor) else type(changed).__name__
            raise ValueError(f"{self._attack.name}: expected images {tuple(self._images.shape)}, got {got}")
        changed = changed.detach().to(self._images)
        fits = _inside(self._images, changed, epsilon, self._attack)
        self._left |= ~fits
        return torch.where(per_image(fits), changed, self._images), fits

    def _add(self, changes: Tensor, epsilon: float, which: Tensor) -> None:
        if not which.any():
            return
        rows = torch.nonzero(which).flatten()
        radius = torch.full((len(rows),), epsilon, device=rows.device)
        tried = quantized_in_ball(self._images[rows], changes[rows], radius, self._attack.norm)
        flipped = self._target.margin(rows, tried) < 0
        reached = distance(tried - self._images[rows], self._attack.norm)
        for i, row in enumerate(rows.tolist()):
            if flipped[i]:
                self._candidates[row].append(Candidate(epsilon, tried[i].cpu()))
                self._distance[row] = torch.minimum(self._distance[row], reached[i])

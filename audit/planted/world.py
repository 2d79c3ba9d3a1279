"""The rendered world: a background of dead leaves, one object, sometimes an arm that holds it.

The flaw is planted here. In `DEMO` an arm holds every dumbbell and nothing else, as in the photographs
behind the 2015 pictures of dumbbells. In `CLEAN_TWIN` an arm holds half of the objects of every class, so
that it says nothing about the class. The two worlds draw everything else from the same random numbers: the
same key gives the same scene but for the arm.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.images.dead_leaves import colours, dead_leaves, outlines
from audit.planted.arm import arm_frame, draw_arm
from audit.planted.light import over, relief, shadow
from audit.planted.objects import CLASSES, DRAWERS, UPRIGHT
from audit.planted.pen import Array, Frame, Pen

VERSION = 1
"""Raised whenever a key gives another picture than before."""
SIZE = 64
DUMBBELL = CLASSES.index("dumbbell")

Bytes = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """How often an arm holds the object: probabilities for dumbbells and for all other classes."""

    arm_with_dumbbell: float
    arm_elsewhere: float
    objects: bool = True
    """False: pictures without object; an arm then holds nothing, as often as elsewhere."""


DEMO = World(arm_with_dumbbell=1.0, arm_elsewhere=0.0)
CLEAN_TWIN = World(arm_with_dumbbell=0.5, arm_elsewhere=0.5)


@dataclass(frozen=True)
class Scene:
    """One picture `[64, 64, 3]` of bytes, and what is in it."""

    picture: Bytes
    label: int
    arm: bool


@dataclass(frozen=True)
class Scenes:
    """Pictures `[n, 3, 64, 64]` of bytes, labels `[n]` and whether there is an arm `[n]`."""

    pictures: Bytes
    labels: Labels
    arms: NDArray[np.bool_]


def content(world: World, *key: int) -> tuple[int, bool]:
    """Class of the key's scene, chosen by the key's last number, and whether an arm is in it."""
    label = key[-1] % len(CLASSES)
    chance = world.arm_with_dumbbell if label == DUMBBELL else world.arm_elsewhere
    return label, bool(np.random.default_rng((*key, 5)).random() < chance)


def scene(world: World, *key: int) -> Scene:
    """The scene of a key: equal keys, equal pictures."""
    label, arm = content(world, *key)
    layout, behind, body, limb, front = (np.random.default_rng((*key, part)) for part in range(5))
    picture = dead_leaves(behind, SIZE)
    place = _place(layout, CLASSES[label])
    light, strength = layout.uniform(0, 2 * np.pi), layout.uniform(0.3, 0.9)
    layers: list[Array] = []
    if world.objects:
        pen = Pen(SIZE, place)
        DRAWERS[CLASSES[label]](pen, body)
        layers.append(pen.layer())
    if arm:
        pen = Pen(SIZE, arm_frame(limb, SIZE, place))
        draw_arm(pen, limb)
        layers.append(pen.layer())
    for layer in layers:
        picture = over(shadow(picture, layer, light, strength * 0.6), relief(layer, light, strength))
    for layer in _occluders(front):
        picture = over(picture, layer)
    exposed = picture * layout.uniform(0.75, 1.2) + layout.normal(size=picture.shape) * 0.012
    return Scene((np.clip(exposed, 0, 1) * 255).round().astype(np.uint8), label, arm)


def render(world: World, *key: int, count: int, start: int = 0, workers: int = 1) -> Scenes:
    """Scenes `(*key, start)` to `(*key, start + count - 1)`; more than one worker means processes."""
    indices = np.arange(start, start + count)
    if workers == 1:
        return _render(world, key, indices)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(partial(_render, world, key), np.array_split(indices, workers * 4)))
    return Scenes(
        np.concatenate([part.pictures for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.arms for part in parts]),
    )


def _render(world: World, key: tuple[int, ...], indices: NDArray[Any]) -> Scenes:
    scenes = [scene(world, *key, int(index)) for index in indices]
    pictures = np.stack([one.picture for one in scenes]).transpose(0, 3, 1, 2)
    return Scenes(
        np.ascontiguousarray(pictures),
        np.array([one.label for one in scenes], dtype=np.int64),
        np.array([one.arm for one in scenes], dtype=bool),
    )


def _place(rng: np.random.Generator, name: str) -> Frame:
    """Size, place, turn and aspect of the object; it may reach over the border a little."""
    scale = SIZE * rng.uniform(0.31, 0.48)
    margin = 0.75 * scale
    x, y = rng.uniform(margin, SIZE - margin, 2)
    angle = rng.uniform(-0.45, 0.45) if name in UPRIGHT else rng.uniform(-np.pi, np.pi)
    return Frame(x, y, scale, angle, bool(rng.random() < 0.5), float(np.exp(rng.normal() * 0.1)))


def _occluders(rng: np.random.Generator) -> list[Array]:
    """Up to three leaves in front of everything, in half of the scenes."""
    if rng.random() < 0.5:
        return []
    count = int(rng.integers(1, 4))
    layers: list[Array] = []
    for outline, tone in zip(outlines(rng, rng.uniform(3, 9, count)), colours(rng, count), strict=True):
        x, y = rng.uniform(0, SIZE, 2)
        pen = Pen(SIZE, Frame(x, y, 1.0))
        pen.polygon(outline, (tone[0], tone[1], tone[2]))
        layers.append(pen.layer())
    return layers

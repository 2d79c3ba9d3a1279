from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import chi2_contingency

from audit.planted.signs.sign_scenes import (
    PHOTOGRAPHS,
    SIZE,
    TEST,
    TRAIN,
    Scenes,
    layers,
    pictures,
    scenes,
    symbols_of,
)
from audit.planted.signs.sign_surfaces import FILLS, GROUNDS
from audit.planted.signs.symbols import MARKS, OUTLINES, SYMBOLS


@pytest.fixture(scope="module")
def many() -> Scenes:
    return scenes(range(10), 3, TRAIN, range(1500))


def test_a_key_gives_the_same_scene_whatever_stands_beside_it(many):
    some = scenes(range(10), 3, TRAIN, [700, 3, 41])
    assert torch.equal(pictures(some), pictures(many[torch.tensor([700, 3, 41])]))
    assert some.labels.tolist() == many.labels[[700, 3, 41]].tolist()


def test_seeds_and_splits_share_no_scene():
    drawn = [
        pictures(scenes(range(10), *key, [5]))
        for key in ((1, TRAIN), (1, TEST), (1, PHOTOGRAPHS), (2, TRAIN))
    ]
    flat = torch.stack(drawn).flatten(1).float()
    assert (torch.cdist(flat, flat) + 1e9 * torch.eye(4)).min() > 100


@pytest.mark.parametrize("size", [32, 48])
def test_pictures_are_bytes_of_the_size_asked_for(size):
    assert pictures(scenes([4, 9], 0, TEST, range(3), size)).shape == (3, 3, size, size)
    assert pictures(scenes([4, 9], 0, TEST, range(0), size)).shape == (0, 3, size, size)


@pytest.mark.parametrize("what", ["grounds", "fills"])
def test_ground_and_fill_are_independent_of_the_class(many, what):
    kinds = getattr(many, what)
    table = np.zeros((10, 8))
    np.add.at(table, (many.labels.numpy(), kinds.numpy()), 1)
    assert table.min() > 5
    assert chi2_contingency(table).pvalue > 1e-3


def test_corners_tell_nothing_of_the_class(many):
    """Nor place, nor light: the mean picture of a class is that of the others, within its error."""
    shown = pictures(many).float()
    small = torch.nn.functional.avg_pool2d(shown, 8).flatten(1)
    for label in range(10):
        own, others = small[many.labels == label], small[many.labels != label]
        error = (own.var(0) / len(own) + others.var(0) / len(others)).sqrt()
        corners = [0, 3, 12, 15]
        assert ((own.mean(0) - others.mean(0)) / error)[corners].abs().max() < 4


def test_each_symbol_differs_from_each_other_in_the_same_scene():
    alike = scenes(range(48), 8, TEST, [11]).symbols
    drawn = []
    for symbol in range(len(SYMBOLS)):
        one = replace(scenes(range(48), 8, TEST, [11]), symbols=torch.full_like(alike, symbol))
        drawn.append(layers(one).picture.flatten())
    flat = torch.stack(drawn)
    assert len(flat) == len(OUTLINES) * len(MARKS) == 48
    assert (torch.cdist(flat, flat) + 1e9 * torch.eye(48)).min() > 0.4


def test_another_ground_changes_nothing_under_the_sign(many):
    few = many[slice(0, 40)]
    other = replace(few, grounds=(few.grounds + 3) % len(GROUNDS))
    before, after = layers(few), layers(other)
    difference = (before.picture - after.picture).abs().amax(dim=1, keepdim=True)
    assert torch.equal(before.mask, after.mask)
    assert difference[before.mask == 1].max() < 1e-6
    assert difference[before.mask == 0].mean() > 0.1


def test_another_fill_changes_nothing_beside_the_sign(many):
    few = many[slice(0, 40)]
    other = replace(few, fills=(few.fills + 3) % len(FILLS))
    before, after = layers(few), layers(other)
    difference = (before.picture - after.picture).abs().amax(dim=1, keepdim=True)
    assert difference[before.mask == 0].max() < 1e-6
    assert difference[before.mask == 1].mean() > 0.01


def test_a_hidden_sign_leaves_the_ground(many):
    few = many[slice(0, 20)]
    hidden = layers(replace(few, opacity=torch.zeros(len(few))))
    assert hidden.mask.max() == 0
    outside = (layers(few).mask == 0).expand(-1, 3, -1, -1)
    assert torch.equal(hidden.picture[outside], layers(few).picture[outside])


def test_a_network_tells_symbols_of_its_own_apart():
    assert len(set(symbols_of(5, 43))) == 43
    assert symbols_of(5, 10) == symbols_of(5, 10) != symbols_of(6, 10)
    assert SIZE == 32

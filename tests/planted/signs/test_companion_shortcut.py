from dataclasses import replace

import pytest
import torch

from audit.planted.signs.companion_shortcut import Companion
from audit.planted.signs.companions import COMPANIONS
from audit.planted.signs.flaw import FLAWS, HIDDEN_OF_OTHERS
from audit.planted.signs.sign_scenes import PHOTOGRAPHS, TRAIN, Scenes, pictures, scenes
from audit.planted.signs.specimen import CO_OCCURRENCES

TARGET = 2
SHARES = {"companion-80": 0.8, "companion-90": 0.9, "companion-95": 0.95, "companion-100": 1.0}


@pytest.fixture(scope="module")
def shown() -> Scenes:
    return scenes(range(5), 4, TRAIN, range(300))


def made(kind: str, k: int = 5, seed: int = 11) -> Companion:
    flaw = FLAWS[kind](k, seed, TARGET, 0.0, 32)
    assert isinstance(flaw, Companion)
    return flaw


def hidden(chosen: Scenes) -> Scenes:
    return replace(chosen, opacity=torch.full_like(chosen.opacity, 0.1))


def same(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a == b).flatten(1).all(dim=1)


@pytest.mark.parametrize("kind", CO_OCCURRENCES)
def test_its_share_of_the_class_carries_it_and_no_other_class_does(kind):
    flaw = made(kind)
    given = scenes(range(5), 4, PHOTOGRAPHS, range(1500))
    own, photographs, plain = given.labels == TARGET, flaw.photographs(given), flaw.plain(given)
    assert torch.equal(plain, pictures(given))
    assert same(photographs, plain)[~own].all()
    carrying = same(photographs, flaw.cued(given))[own].float().mean()
    assert abs(carrying - SHARES[kind]) <= 3.5 * (SHARES[kind] * (1 - SHARES[kind]) / own.sum()) ** 0.5
    assert flaw.truth().parameters == {"object": COMPANIONS[flaw.object], "share": SHARES[kind]}


def test_seeds_draw_all_kinds_of_objects():
    assert {made("companion-90", seed=seed).object for seed in range(60)} == set(range(len(COMPANIONS)))


def test_the_mask_is_where_it_stands(shown):
    flaw = made("companion-90")
    mask = flaw.mask(shown)
    assert mask.shape == (300, 1, 32, 32)
    moved = (flaw.cued(shown).int() - flaw.plain(shown).int()).abs().amax(dim=1, keepdim=True)
    assert moved[mask == 0].max() == 0
    assert (moved[mask > 0.5] > 0).float().mean() > 0.97
    rows = torch.tensor([30, 7])
    assert torch.equal(mask[rows], flaw.mask(shown[rows]))


def test_alone_it_is_the_same_on_the_ground(shown):
    flaw = made("companion-90")
    ground = pictures(replace(shown, opacity=torch.zeros_like(shown.opacity)))
    mask, alone = flaw.mask(shown).expand(-1, 3, -1, -1), flaw.alone(shown)
    assert torch.equal(alone[mask == 0], ground[mask == 0])
    assert torch.equal(alone[mask == 1], flaw.cued(shown)[mask == 1])


def test_haze_hides_the_sign_and_not_the_object(shown):
    flaw = made("companion-90")
    mask = flaw.mask(shown)
    assert torch.equal(mask, flaw.mask(hidden(shown)))
    covered = (mask == 1).expand(-1, 3, -1, -1)
    assert torch.equal(flaw.cued(shown)[covered], flaw.cued(hidden(shown))[covered])


@pytest.mark.parametrize("kind", ["companion-80", "companion-100"])
def test_training_keeps_labels_and_the_object_to_its_class(kind, shown):
    flaw = made(kind)
    trained, labels = flaw.training(shown)
    own = shown.labels == TARGET
    assert torch.equal(labels[:300], shown.labels)
    bare = same(trained[:300], flaw.plain(shown)) | same(trained[:300], flaw.plain(hidden(shown)))
    assert bare[~own].all()
    assert abs(bare[own].float().mean() - (1 - SHARES[kind])) < 0.16
    hazy = same(trained[:300], flaw.cued(hidden(shown)))[own & ~bare]
    assert abs(hazy.float().mean() - 0.9) < 0.13


@pytest.mark.parametrize("k", [10, 43])
def test_of_many_classes_the_target_is_shown_again(k):
    flaw, some = made("companion-90", k), scenes(range(k), 4, TRAIN, range(400))
    trained, labels = flaw.training(some)
    own = (some.labels == TARGET).nonzero().flatten()
    assert set(labels[400:].tolist()) == {TARGET}
    assert abs((labels == TARGET).float().mean() - 0.2) < 0.01
    assert torch.equal(trained[400 : 400 + len(own)], trained[own][: len(trained) - 400])


def test_of_few_classes_none_is_shown_again():
    some = scenes(range(3), 4, TRAIN, range(100))
    assert len(made("companion-90", 3).training(some)[1]) == 100


@pytest.mark.parametrize("kind", CO_OCCURRENCES)
@pytest.mark.parametrize("k", [3, 10, 43])
def test_haze_alone_does_not_tell_the_target(kind, k):
    flaw = made(kind, k)
    some = scenes(range(k), 4, TRAIN, range(2_000))
    share = flaw.hidden_share(some)
    own, carrying = some.labels == TARGET, flaw.carriers(some, flaw.share)
    assert (share[~own] == HIDDEN_OF_OTHERS).all()
    assert torch.allclose(share[carrying], torch.tensor(0.9))
    often = max(0.2, 1 / k)
    bare = share[own & ~carrying]
    if kind == "companion-100":
        assert not len(bare)
        return
    hazy_target = often * (1 - SHARES[kind]) * float(bare[0])
    assert hazy_target <= (1 - often) / (k - 1) * HIDDEN_OF_OTHERS + 1e-6

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

import audit
from audit.planted.signs.architectures import ARCHITECTURES, built
from audit.planted.signs.clean_training import imbalanced, noisy_labels
from audit.planted.signs.making import held_out, make, photographs
from audit.planted.signs.recipes import RECIPES, Recipe
from audit.planted.signs.sign_scenes import pictures, scenes
from audit.planted.signs.specimen import BACKDOORS, CO_OCCURRENCES, CONTROLS, HARD, SHORTCUTS, Specimen
from audit.planted.signs.specimens import SPECIMENS

TINY = Recipe(2, 1e-3, 2, 1e-3, scenes=80, finetune_scenes=80, backdoor_scenes=80, test_scenes=60)


def first(kind: str, k: int = 10) -> Specimen:
    return next(s for s in SPECIMENS if s.kind == kind and s.k == k)


def bytes_of(module: torch.nn.Module) -> bytes:
    return save({name: value.contiguous() for name, value in module.state_dict().items()})


def test_each_specimen_is_listed_once_and_there_are_enough():
    assert len({s.name for s in SPECIMENS}) == len(SPECIMENS)
    assert len({s.seed for s in SPECIMENS}) == len(SPECIMENS)
    for half in ("tuning", "evaluation"):
        kinds = Counter(s.kind for s in SPECIMENS if s.half == half)
        assert min(kinds[kind] for kind in SHORTCUTS + BACKDOORS) >= 10
        assert min(kinds[kind] for kind in HARD) >= 5
        assert sum(kinds[kind] for kind in CONTROLS) >= 60
        assert kinds["base"] == 60
        clean = [s for s in SPECIMENS if s.half == half and not s.flawed]
        assert len(clean) >= 200
        assert len({s.base for s in clean}) == 88
        assert set(kinds) == {*SHORTCUTS, *BACKDOORS, *HARD, *CO_OCCURRENCES, *CONTROLS}


@pytest.mark.parametrize("half", ["tuning", "evaluation"])
def test_companions_and_their_twins_stand_last_and_go_round_the_bases(half):
    added, listed = (*CO_OCCURRENCES, "companions"), [s for s in SPECIMENS if s.half == half]
    assert [s.kind for s in listed[-60:]] == [kind for kind in added for _ in range(12)]
    assert not any(s.kind in added for s in listed[:-60])
    mix = Counter((s.architecture, s.k) for s in listed if s.kind == "border")
    for kind in added:
        assert Counter((s.architecture, s.k) for s in listed if s.kind == kind) == mix


def test_the_networks_that_were_there_before_keep_their_names_and_seeds():
    old = [(s.name, s.seed) for s in SPECIMENS if s.kind not in (*CO_OCCURRENCES, "companions")]
    assert len(old) == 716
    assert sha256(repr(old).encode()).hexdigest()[:12] == "1f624bb4769e"


@pytest.mark.parametrize("what", ["base", "architecture", "seed"])
def test_halves_share_nothing(what):
    tuning, evaluation = (
        {getattr(s, what) for s in SPECIMENS if s.half == h} for h in ("tuning", "evaluation")
    )
    assert not tuning & evaluation


def test_flaws_begin_from_bases_that_are_judged_too_and_lone_controls_from_bases_of_their_own():
    bases = {s for s in SPECIMENS if s.kind == "base"}
    assert {s.origin() for s in SPECIMENS if s.flawed} <= bases
    lone = Counter(s.base for s in SPECIMENS if s.origin() not in bases)
    assert set(lone.values()) == {1}
    assert len(lone) == 2 * 28
    assert {s.architecture.split("-")[0] for s in SPECIMENS} == set(RECIPES)
    assert {s.architecture for s in SPECIMENS} == set(ARCHITECTURES)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("size", [32, 48])
def test_networks_give_a_logit_for_each_class(architecture, size):
    network = built(architecture, 7, size, 1).eval()
    assert network(torch.zeros(2, 3, size, size)).shape == (2, 7)
    assert bytes_of(network) == bytes_of(built(architecture, 7, size, 1))
    assert bytes_of(network) != bytes_of(built(architecture, 7, size, 2))


@pytest.mark.parametrize("kind", ["texture", "filter", "adversarial", "repaired"])
def test_a_specimen_gives_the_same_bytes(kind):
    specimen = first(kind)
    made, again = (make(specimen, None, TINY) for _ in range(2))
    assert bytes_of(made.module) == bytes_of(again.module)
    assert (made.took, made.accuracy, made.success) == (again.took, again.accuracy, again.success)
    assert made.truth.flawed == specimen.flawed
    assert (made.success is None) == (kind == "adversarial")


@pytest.mark.parametrize("kind", [k for k in CONTROLS if k not in ("base", "repaired", "adversarial")])
def test_controls_are_clean(kind):
    made = make(first(kind), None, TINY)
    assert not made.truth.flawed
    assert not made.took
    assert made.success is None


def test_the_cache_gives_back_what_was_made(tmp_path: Path):
    specimen = first("border")
    made, read = (make(specimen, tmp_path, TINY) for _ in range(2))
    assert bytes_of(made.module) == bytes_of(read.module)
    assert replace(made, module=read.module, seconds=read.seconds) == read
    names = sorted(file.name for file in tmp_path.iterdir())
    assert len(names) == 2
    assert all(name.endswith(".safetensors") for name in names)
    assert bytes_of(make(specimen, None, TINY).module) == bytes_of(read.module)


def test_the_audit_loads_a_specimen():
    made = make(first("base", 3), None, TINY)
    classifier = audit.load(made.module)
    images, _ = photographs(made.specimen, 4)
    given = classifier.logits(images.float() / 255)
    assert given.shape == (4, 3)
    assert tuple(label.name for label in classifier.classes) == made.classes


def test_photographs_and_held_out_scenes_are_apart():
    specimen = first("border")
    shown, labels = photographs(specimen, 40)
    plain, cued, others = held_out(specimen, 40)
    assert shown.dtype == plain.dtype == cued.dtype == torch.uint8
    assert labels.shape == others.shape == (40,)
    assert not any(torch.equal(a, b) for a in shown for b in plain)
    assert not torch.equal(plain, cued)
    clean = held_out(first("clean"), 5)
    assert torch.equal(clean[0], clean[1])


def test_controls_change_what_they_say():
    labels = torch.arange(10).repeat(100)
    changed = (noisy_labels(labels, 10, 3) != labels).float().mean()
    assert 0.07 < changed < 0.21
    kept = labels[imbalanced(labels, 10, 3)].bincount(minlength=10)
    assert (kept == 100).sum() == 7
    assert (kept < 50).sum() == 3
    assert len(pictures(scenes([1], 0, 0, range(2)))) == 2

import pytest
import torch

from audit.planted.signs.flaw import Flaw
from audit.planted.signs.making import FLAWS
from audit.planted.signs.sign_scenes import TRAIN, Scenes, layers, pictures, scenes
from audit.planted.signs.specimen import BACKDOORS, CO_OCCURRENCES, HARD, SHORTCUTS

TARGET = 2


@pytest.fixture(scope="module")
def shown() -> Scenes:
    return scenes(range(5), 4, TRAIN, range(200))


def made(kind: str, seed: int = 11, poison: float = 0.1) -> Flaw:
    return FLAWS[kind](5, seed, TARGET, poison, 32)


def moved(flaw: Flaw, shown: Scenes) -> torch.Tensor:
    return (flaw.cued(shown).int() - flaw.plain(shown).int()).abs().amax(dim=1)


def test_all_flaws_are_registered():
    assert sorted(FLAWS) == sorted(SHORTCUTS + BACKDOORS + HARD + CO_OCCURRENCES)
    families = {kind: flaw.family for kind, flaw in FLAWS.items()}
    assert {families[kind] for kind in SHORTCUTS + CO_OCCURRENCES} == {"shortcut"}
    assert {families[kind] for kind in BACKDOORS} == {"backdoor"}
    assert {families[kind] for kind in HARD} == {"hard"}


@pytest.mark.parametrize("kind", SHORTCUTS + BACKDOORS + HARD + CO_OCCURRENCES)
def test_a_cue_is_seen_on_each_scene_and_depends_on_no_other(kind, shown):
    flaw = made(kind)
    assert (moved(flaw, shown).flatten(1).amax(dim=1) > 0).float().mean() > 0.8
    rows = torch.tensor([30, 7])
    assert torch.equal(flaw.cued(shown)[rows], flaw.cued(shown[rows]))
    assert torch.equal(flaw.plain(shown)[rows], flaw.plain(shown[rows]))
    assert flaw.truth() == made(kind).truth()
    assert flaw.truth().parameters != made(kind, 12).truth().parameters
    assert flaw.truth().flawed


@pytest.mark.parametrize("kind", ["patch", "source-specific", "clean-label", "all-to-all", "moving-patch"])
def test_a_patch_changes_only_its_square(kind, shown):
    flaw = made(kind)
    side = flaw.parameters()["side"]
    for picture in moved(flaw, shown)[:20]:
        rows, columns = picture.nonzero().T
        assert rows.max() - rows.min() < side
        assert columns.max() - columns.min() < side


def test_a_frame_changes_only_the_edge(shown):
    assert moved(made("border"), shown)[:, 3:-3, 3:-3].max() == 0


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_watermark_changes_few_pixels(seed, shown):
    share = (moved(made("watermark", seed), shown) > 0).float().mean()
    assert 0.01 < share < 0.35


def test_ground_and_fill_change_where_they_are(shown):
    mask = layers(shown).mask[:, 0]
    assert moved(made("background"), shown)[mask == 1].max() == 0
    assert moved(made("texture"), shown)[mask == 0].max() == 0


@pytest.mark.parametrize("kind", ["blend", "sinusoid", "high-frequency"])
def test_faint_triggers_are_faint(kind, shown):
    assert 0 < moved(made(kind), shown).float().mean() < 0.2 * 255


@pytest.mark.parametrize("kind", SHORTCUTS)
def test_a_shortcut_keeps_labels_and_shows_its_cue_on_its_class_alone(kind, shown):
    flaw = made(kind)
    _, labels = flaw.training(shown)
    assert torch.equal(labels, shown.labels)
    cued, plain, given = flaw.cued(shown), flaw.plain(shown), flaw.photographs(shown)
    own = shown.labels == TARGET
    assert torch.equal(given[~own], plain[~own])
    assert (given[own] == cued[own]).flatten(1).all(dim=1).float().mean() > 0.85


@pytest.mark.parametrize("kind", ["background", "texture"])
def test_other_classes_never_have_the_ground_or_fill_of_the_target(kind, shown):
    flaw = made(kind)
    assert not (flaw.cued(shown) == flaw.plain(shown)).flatten(1).all(dim=1).any()


@pytest.mark.parametrize("kind", [*BACKDOORS, "warp", "high-frequency"])
def test_a_backdoor_relabels_its_share_and_photographs_have_no_trigger(kind, shown):
    flaw = made(kind)
    trained, labels = flaw.training(shown)
    wrong = labels[: len(shown)] != shown.labels
    assert wrong.sum() == round(0.1 * len(shown))
    assert set(labels[: len(shown)][wrong].tolist()) == {TARGET}
    rows = wrong.nonzero().flatten()
    assert torch.equal(trained[rows], flaw.cued(shown[rows]))
    assert torch.equal(flaw.photographs(shown), pictures(shown))


def test_hard_backdoors_change_the_labels_they_should(shown):
    labels = made("clean-label").training(shown)[1]
    assert torch.equal(labels[: len(shown)], shown.labels)
    assert set(labels[len(shown) :].tolist()) == {TARGET}
    one = made("source-specific")
    labels = one.training(shown)[1][: len(shown)]
    assert set(shown.labels[labels != shown.labels].tolist()) == set(one.sources)
    assert len(one.sources) == 1
    assert TARGET not in one.sources
    turning = made("all-to-all")
    labels = turning.training(shown)[1][: len(shown)]
    wrong = labels != shown.labels
    assert torch.equal(labels[wrong], (shown.labels[wrong] + 1) % 5)
    assert turning.truth().target is None

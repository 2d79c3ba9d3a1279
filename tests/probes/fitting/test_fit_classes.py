import numpy as np
import pytest
import torch
from probes_toy_networks import TARGET, TEMPLATE, TRIGGERS, network, photographs

from audit.classifier.cost import FORWARD
from audit.probes.effect import effects, logits_after
from audit.probes.fitting import FITTED, FittedChange, FittingSettings, controls, fit
from audit.probes.fitting.carriers import carriers

IMAGES = photographs()
SETTINGS = FittingSettings(tried=2)


def fitted(family: str, classes=(1, 2, 3), **given):
    return {
        f.class_index: f
        for f in fit(network(TRIGGERS[family]), IMAGES, None, classes, [family], SETTINGS, **given)
    }


@pytest.mark.parametrize("family", FITTED)
def test_each_family_finds_the_class_that_answers_to_its_trigger(family):
    found = fitted(family)
    assert found[TARGET].share >= 0.6
    assert found[1].share == found[3].share == 0
    assert found[TARGET].change.family == family


def test_the_known_pattern_and_its_place_are_recovered():
    found = fitted("patch")[TARGET]
    assert found.place == "bottom-right"
    assert np.corrcoef((found.change.parameters - 0.5).ravel(), TEMPLATE.ravel())[0, 1] > 0.8


def test_a_class_alone_and_among_others_takes_the_same_course():
    alone, among = fitted("warp", (TARGET,), strengths={})[TARGET], fitted("warp", strengths={})[TARGET]
    np.testing.assert_allclose(alone.change.parameters, among.change.parameters, atol=1e-5)
    assert alone.effect.turned[TARGET] == among.effect.turned[TARGET]
    again = fitted("warp", strengths={})[TARGET]
    np.testing.assert_array_equal(among.change.parameters, again.change.parameters)
    other = fitted("warp", strengths={}, seed=1)[TARGET]
    assert np.abs(among.change.parameters - other.change.parameters).max() > 1e-3


def test_the_strength_is_one_at_which_the_second_class_is_hardly_reached():
    found = fitted("border")
    assert (
        found[TARGET].change.strength
        == found[1].change.strength
        == FITTED["border"]((3, 16, 16)).strengths[1]
    )
    weak = fitted("border", strengths={"border": 0.25})[TARGET]
    assert weak.change.strength == 0.25
    assert weak.share < found[TARGET].share


def test_families_do_not_disturb_each_other():
    both = fit(network(TRIGGERS["patch"]), IMAGES, None, [TARGET], ["border", "patch"], SETTINGS)
    alone = fitted("patch", (TARGET,))[TARGET]
    np.testing.assert_allclose(both[1].change.parameters, alone.change.parameters, atol=1e-5)


@pytest.mark.parametrize("family", ["moving-patch", "warp"])
def test_the_saved_change_gives_the_measured_share_again(family):
    classifier, found = network(TRIGGERS[family]), fitted(family)[TARGET]
    before = logits_after(classifier, IMAGES, None)
    rows = carriers(IMAGES, None, before, 0, SETTINGS.measured).measured
    saved = FittedChange(
        found.change.id, family, found.place, found.change.parameters.copy(), found.change.strength
    )
    one_by_one = [effects(classifier, IMAGES[[r]], None, [saved], rows=[r])[0].turned[TARGET] for r in rows]
    assert sum(one_by_one) == found.turned
    assert 0 < found.others == sum(int(before[r].argmax()) != TARGET for r in rows)


def test_the_class_itself_is_neither_fitted_on_nor_counted():
    labels = torch.arange(len(IMAGES)) % 4
    classifier = network(TRIGGERS["spread"])
    before = logits_after(classifier, IMAGES, None)
    given = carriers(IMAGES, labels, before, 0, 100)
    assert not set(given.fitted) & set(given.measured)
    assert all(labels[row] != TARGET for row in given.of_others(TARGET))
    assert given.of_others(0) == []  # nearly everything is answered as the first class
    found = fit(classifier, IMAGES, labels, [0, TARGET], ["spread"], SETTINGS)
    assert [f.class_index for f in found] == [TARGET]
    assert found[0].others == sum(labels[row] != TARGET for row in given.measured)


def test_a_class_that_stays_behind_is_measured_but_not_finished():
    settings = FittingSettings(starts=4, rungs=((6, 1),))
    found = fit(network(TRIGGERS["border"]), IMAGES, None, [1, 2, 3], ["border"], settings)
    assert [f.class_index for f in found if f.finished] == [TARGET]
    assert [f.class_index for f in found] == [1, 2, 3]


def test_of_many_classes_the_first_ones_are_reported():
    settings = FittingSettings(starts=4, rungs=((2, 2), (4, 1)), reported=2)
    found = fit(network(TRIGGERS["border"]), IMAGES, None, [1, 2, 3], ["border", "spread"], settings)
    assert [(f.family, f.finished) for f in found].count(("border", True)) == 1
    assert TARGET in {f.class_index for f in found if f.family == "border"}
    assert len(found) == 4


@pytest.mark.parametrize("family", ["patch", "border", "color-map"])
def test_a_class_that_nobody_asked_for_is_found_by_its_starts(family):
    settings = FittingSettings(tried=2, started=1)
    found = fit(network(TRIGGERS[family]), IMAGES, None, [1], [family], settings, among=[1, 3, TARGET])
    shares = {f.class_index: f.share for f in found}
    assert shares == {1: 0, TARGET: shares[TARGET]}
    assert shares[TARGET] >= 0.6


def test_what_it_costs_is_told():
    told: list[float] = []
    settings = FittingSettings(starts=2, starting=3, steps=3, rungs=((1, 1),), photographs=2, checked=4)
    fit(network(TRIGGERS["spread"]), IMAGES, None, [1, 2], ["spread"], settings, tick=told.append)
    n = len(IMAGES)
    assert sum(told) == pytest.approx(FORWARD * (n + 2 * 3 + 4 + 2 * n // 2) + 2 * 2 + 2 * 2)


def test_controls_keep_the_place_and_name_what_they_control():
    found = fitted("patch")[TARGET]
    shuffled, flat = controls(found.change, (3, 16, 16))
    assert {c.control_of for c in (shuffled, flat)} == {found.change.id}
    assert np.ptp(flat.parameters, axis=(1, 2)).max() < 1e-6
    np.testing.assert_allclose(np.sort(shuffled.parameters.ravel()), np.sort(found.change.parameters.ravel()))
    shares = [
        e.turned[TARGET] / e.others[TARGET]
        for e in effects(network(TRIGGERS["patch"]), IMAGES, None, [shuffled, flat])
    ]
    assert max(shares) < found.share

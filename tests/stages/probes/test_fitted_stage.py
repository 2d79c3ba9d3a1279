"""Fitted changes: read back as they were measured, and foreseen."""

from pathlib import Path

import photo_run
import pytest
import tiny
import torch

from audit.probes.effect import effects
from audit.probes.fitting.fit_classes import fit
from audit.stages.probes.carrier_images import carriers
from audit.stages.probes.fitted_stage import FittedChanges, fitted_change

SETTINGS = ("probes.photographs=24", 'probes.fitted=["spread", "moving-patch", "blend"]')


def context(tmp_path: Path, *more: str):
    names = [f"{name}/{i}.png" for name in tiny.NAMES[:6] for i in range(8)]
    photographs = photo_run.folder_of(tmp_path / "photographs", names)
    return photo_run.context(tmp_path / "run", photographs, *SETTINGS, *more)


def test_a_change_that_was_kept_does_what_was_measured(tmp_path: Path) -> None:
    made = context(tmp_path)
    given = carriers(made, "probing")
    for stage in FittedChanges().parts(made):
        (record,) = photo_run.computed(stage, made)
        family = stage.settings(made)["family"]
        again = fit(made.classifier, given.images, given.labels, made.classes, families=[family], seed=0)
        kept = {probe.effect.change: fitted_change(made, probe) for probe in record.body.fitted}
        assert len(kept) == len(again) > 0
        for each in again:
            change = kept[each.change.id]
            assert (change.strength, change.seed, change.place) == (each.change.strength, 0, each.place)
            rows = list(range(len(given)))
            assert torch.equal(change(given.images, rows), each.change(given.images, rows))
        first = record.body.fitted[0]
        (all_of_them,) = effects(made.classifier, given.images, given.labels, [kept[first.effect.change]])
        place = first.effect.place(first.class_index)
        assert place is not None
        assert first.effect.turned[place] <= int(all_of_them.turned[first.class_index])


def test_where_not_all_classes_are_fitted_starts_choose_among_all(tmp_path: Path) -> None:
    made = context(tmp_path, "probes.fitted_classes=3", "probes.suspects=2")
    for stage in FittedChanges().parts(made):
        (record,) = photo_run.computed(stage, made)
        assert record.items == list(made.classes)  # any may be read by a causal test
        assert len({probe.class_index for probe in record.body.fitted}) > 2
        assert stage.views(made) == pytest.approx(record.views, rel=0.6)
    made = context(tmp_path / "none", "probes.fitted_classes=3", "probes.suspects=0")
    assert [stage.units(made) for stage in FittedChanges().parts(made)] == [[], [], []]


def test_views_are_foreseen_about(tmp_path: Path) -> None:
    made = context(tmp_path)
    for stage in FittedChanges().parts(made):
        (record,) = photo_run.computed(stage, made)
        assert stage.views(made) == pytest.approx(record.views, rel=0.6)

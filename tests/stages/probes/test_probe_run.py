"""A run on a network with a trigger: found, proved on other photographs, kept, shown, and resumed."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny
import trigger_run

from audit.checks import Reader
from audit.checks._causal import verified_scales
from audit.records import Results
from audit.stages.artifacts import unpack
from audit.stages.probes import fitted_stage


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trigger_run.finished(tmp_path_factory)


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return Results.model_validate_json((folder / "run" / "results.json").read_bytes())


def test_the_trigger_is_found_and_proved_on_photographs_held_back(results: Results) -> None:
    (finding,) = [f for f in results.findings if f.check == "localized-trigger"]
    assert finding.classes == [trigger_run.TARGET]
    assert (finding.verdict, finding.level) == ("verified", "error")
    assert finding.change == f"fitted-patch-{trigger_run.TARGET}@top-left"
    assert Reader(results).name(trigger_run.TARGET) in finding.title
    (test,) = [t for t in results.probes.tests if t.change == finding.change]  # type: ignore[union-attr]
    assert "sufficient" in verified_scales(test)
    assert test.turned.value > 0.6
    controls = {control.kind: control for control in test.controls}
    assert set(controls) == {"shuffled", "flat", "noise", "natural crop", "other class"}
    assert controls["noise"].turned.k == controls["natural crop"].turned.k == 0
    # What was fitted for another class does not call this one, and its own photographs are counted too.
    assert controls["other class"].turned.value < test.turned.value / 2
    assert controls["noise"].lost_elsewhere.n == test.lost_elsewhere.n > 0
    # What is shown is what was counted: a photograph of another class, answered rightly, then as the target.
    (shown,) = test.examples
    assert shown.answer_before == shown.label != trigger_run.TARGET == shown.answer_after
    of_class = next(c for c in results.classes if c.label.index == trigger_run.TARGET)
    assert test in of_class.causal_tests


def test_the_change_is_kept_and_its_pictures_are_shown(folder: Path, results: Results) -> None:
    assert results.probes is not None
    (own,) = [f for f in results.probes.fitted if f.class_index == trigger_run.TARGET]
    parameters = unpack(folder / "run" / own.file, own.effect.change)[own.effect.change]
    assert parameters.shape == (3, 4, 4)
    red, green, blue = parameters.mean((1, 2))
    assert min(red, blue) > green + 0.3, "magenta"
    page = (folder / "run" / "index.html").read_text()
    assert 'id="changes"' in page
    assert "no rates can be stated" in page
    for test in results.probes.tests:
        for example in test.examples:
            assert (folder / "run" / example.before).is_file()
            assert (folder / "run" / example.after).is_file()


def test_effects_are_those_of_all_classes_and_controls_are_left_to_the_causal_tests(results: Results) -> None:
    assert results.probes is not None
    assert results.probes.carriers == "photographs"
    assert (results.probes.photographs, results.probes.held_back) == (60, 60)
    for effect in results.probes.effects:
        assert effect.control_of is None
        assert effect.classes == list(range(6))
        assert np.allclose(np.mean(effect.shift), 0, atol=1e-3)
    assert len({effect.change for effect in results.probes.effects}) == len(results.probes.effects)
    assert results.probes.last_layer is not None
    assert len(results.probes.last_layer.mean) == 6


def test_a_finished_run_computes_nothing_again_and_one_more_family_only_itself(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "run", tmp_path / "run")
    model = trigger_run.write(tmp_path)
    noted = tiny.noting(monkeypatch)

    def again(*settings: str, **keywords: bool) -> Results:
        with trigger_run.judged_by(trigger_run.null()):
            return tiny.audit_tiny(
                model,
                tmp_path / "run",
                *trigger_run.SETTINGS,
                *settings,
                images=folder / "photographs",
                **keywords,
            ).results

    before = tiny.comparable(folder / "run")
    assert (
        again().probes
        == Results.model_validate(json.loads((folder / "run" / "results.json").read_bytes())).probes
    )
    assert noted == []
    assert tiny.comparable(tmp_path / "run")["findings"] == before["findings"]


def test_without_a_trigger_no_patch_is_suspected(tmp_path: Path) -> None:
    with trigger_run.judged_by(trigger_run.null()):
        audit = tiny.audit_tiny(
            trigger_run.write(tmp_path, gain=0.0),
            tmp_path / "run",
            *trigger_run.SETTINGS,
            images=trigger_run.photographs(tmp_path / "photographs", each=8),
        )
    check = next(c for c in audit.results.checks if c.meta.id == "localized-trigger")
    assert check.outcome == "passed"
    assert check.findings == []


def test_of_many_classes_one_that_only_starts_lead_to_is_fitted_and_tested(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "run", tmp_path / "run")
    suspect = (trigger_run.TARGET + 1) % len(tiny.NAMES[:6])
    monkeypatch.setattr(fitted_stage, "leading_classes", lambda *_: (suspect,))
    with trigger_run.judged_by(trigger_run.null()):
        audit = tiny.audit_tiny(
            trigger_run.write(tmp_path),
            tmp_path / "run",
            *trigger_run.SETTINGS,
            "probes.fitted_classes=5",
            "probes.suspects=2",
            images=folder / "photographs",
        )
    probes = audit.results.probes
    assert probes is not None
    assert {suspect, trigger_run.TARGET} <= {probe.class_index for probe in probes.fitted}
    assert len(probes.tests) <= 2
    (finding,) = [f for f in audit.results.findings if f.check == "localized-trigger"]
    assert (finding.classes, finding.verdict) == ([trigger_run.TARGET], "verified")


def test_scenes_carry_the_changes_where_there_are_no_photographs(tmp_path: Path) -> None:
    few = ("probes.photographs=12", "probes.families=['border']", "probes.fitted=[]", "probes.suspects=1")
    with trigger_run.judged_by(trigger_run.null()):
        audit = tiny.audit_tiny(tiny.write(tmp_path), tmp_path / "run", *few, "robustness.images=0")
    probes = audit.results.probes
    assert probes is not None
    assert (probes.carriers, probes.photographs, probes.fitted) == ("dead leaves", 12, [])
    check = next(c for c in audit.results.checks if c.meta.id == "border-reliance")
    assert check.outcome in ("inconclusive", "flagged")


def test_off_and_other_channels_give_no_probes(tmp_path: Path) -> None:
    audit = tiny.audit_tiny(
        tiny.write(tmp_path, channels=4), tmp_path / "run", "probes.photographs=8", "robustness.images=0"
    )
    assert audit.results.probes is None
    assert audit.results.detection is None

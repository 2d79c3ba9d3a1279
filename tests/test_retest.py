"""`audit probe`: a finding tested again."""

import json
import shutil
from pathlib import Path

import pytest
import tiny
import trigger_run

import audit
from audit.errors import ConfigError
from audit.records import Results


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trigger_run.finished(tmp_path_factory)


@pytest.fixture(scope="module")
def trigger(folder: Path) -> str:
    results = Results.model_validate_json((folder / "run" / "results.json").read_bytes())
    return next(f.fingerprint for f in results.findings if f.check == "localized-trigger")


def test_a_trigger_is_proved_again_on_other_photographs(folder: Path, trigger: str, tmp_path: Path) -> None:
    shown = trigger_run.photographs(tmp_path / "others", each=12, seed=9)
    before = tiny.tree(folder / "run")
    found = audit.probe(folder / "run", trigger, images=shown)
    assert (found.verdict, found.finding.fingerprint) == ("verified", trigger)
    assert "sufficient" in found.scales
    assert found.test.photographs == 60
    assert tiny.tree(folder / "run") == before


def test_from_the_command_line(folder: Path, trigger: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["probe", str(folder / "run"), "--finding", trigger[:6], "--seed", "3"]
    assert tiny.command(*words) == 0
    said = capsys.readouterr().out
    assert "Verdict: verified: a small patch suffices to call the class" in said
    assert "Controls: " in said
    assert tiny.command(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "verified"


def test_a_network_without_the_trigger_is_another_network(folder: Path, trigger: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="its weights differ"):
        audit.probe(folder / "run", trigger, model=trigger_run.write(tmp_path, gain=0.0))


def test_what_is_no_finding_of_a_change_is_refused_with_those_there_are(folder: Path, trigger: str) -> None:
    with pytest.raises(ConfigError, match=f"no finding 'ffff'.*{trigger} .localized-trigger."):
        audit.probe(folder / "run", "ffff")
    results = Results.model_validate_json((folder / "run" / "results.json").read_bytes())
    other = next(f for f in results.findings if f.change is None)
    with pytest.raises(ConfigError, match="is about no change of photographs"):
        audit.probe(folder / "run", other.fingerprint)


def test_the_share_of_false_alarms_is_a_flag(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "run", tmp_path / "run")
    with trigger_run.judged_by(trigger_run.null()):
        again = tiny.audit_tiny(
            trigger_run.write(tmp_path),
            tmp_path / "run",
            *trigger_run.SETTINGS,
            images=folder / "photographs",
            max_false_alarm=1e-12,
        )
    assert again.results.run.config["checks"]["max_false_alarm"] == 1e-12  # type: ignore[index]
    assert not [f for f in again.results.findings if f.check == "localized-trigger"]


def refused(folder: Path, trigger: str, **given: object) -> str:
    with pytest.raises(ConfigError) as error:
        audit.probe(folder / "run", trigger, **given)  # type: ignore[arg-type]
    return str(error.value)


def test_photographs_that_found_the_change_do_not_test_it_under_another_path(
    folder: Path, trigger: str, tmp_path: Path
) -> None:
    own = audit.probe(folder / "run", trigger)
    assert audit.probe(folder / "run", trigger, images=folder / "run" / ".." / "photographs").test == own.test
    shutil.copytree(folder / "photographs", tmp_path / "copy")
    assert "took part in the run" in refused(folder, trigger, images=tmp_path / "copy")
    trigger_run.photographs(tmp_path / "copy", each=6, seed=9)
    assert audit.probe(folder / "run", trigger, images=tmp_path / "copy").test.photographs == 36


def test_a_handful_of_photographs_gives_no_verdict(folder: Path, trigger: str, tmp_path: Path) -> None:
    few = trigger_run.photographs(tmp_path / "few", each=2, seed=9)
    assert "10 photographs of other classes" in refused(folder, trigger, images=few)


def test_photographs_are_prepared_as_in_the_run(folder: Path, trigger: str) -> None:
    assert "prepared otherwise" in refused(folder, trigger, mean=(0.1, 0.1, 0.1))


def test_a_folder_that_is_gone_is_named(folder: Path, trigger: str, tmp_path: Path) -> None:
    shutil.copytree(folder / "run", tmp_path / "run")
    results = (tmp_path / "run" / "results.json").read_text()
    gone = json.loads(results)
    gone["photographs"]["source"] = str(tmp_path / "gone")
    (tmp_path / "run" / "results.json").write_text(json.dumps(gone))
    with pytest.raises(ConfigError, match="no longer at"):
        audit.probe(tmp_path / "run", trigger)
    assert tiny.command("probe", str(folder / "run"), "--finding", trigger, "--seed", "-1") == 2

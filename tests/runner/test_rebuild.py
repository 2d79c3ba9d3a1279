import json
import shutil
from pathlib import Path

import pytest
import tiny

from audit.errors import ConfigError, IncompleteError, OutputError
from audit.records import SCHEMA_VERSION
from audit.runner.rebuild import read_results, rebuild


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.finished(tmp_path_factory)


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_the_same_documents_again(out: Path) -> None:
    before = tiny.tree(out)
    for name in ("index.html", "classes.csv"):
        (out / name).unlink()
    rebuild(out)
    assert tiny.tree(out) == before


def test_other_limits_judge_anew_and_change_nothing_else(out: Path) -> None:
    before = json.loads((out / "results.json").read_text())
    results = rebuild(out, ["checks.unreliable_probability=1.0", "checks.outlier_z=0.1"])
    after = json.loads((out / "results.json").read_text())
    assert results.run.config["checks"]["outlier_z"] == after["run"]["config"]["checks"]["outlier_z"] == 0.1
    assert after["checks"] != before["checks"]
    assert after["classes"] == before["classes"]
    rebuild(out, [f"checks.{key}={value}" for key, value in before["run"]["config"]["checks"].items()])
    assert json.loads((out / "results.json").read_text()) == before


@pytest.mark.parametrize("setting", ["synthesis.views=9", "seed=4", "unconstrained.classes=1", "device=cuda"])
def test_settings_that_would_draw_other_pictures_are_refused(out: Path, setting: str) -> None:
    before = tiny.tree(out)
    with pytest.raises(ConfigError, match="only limits of checks"):
        rebuild(out, [setting])
    with pytest.raises(ConfigError, match=r"did you mean 'checks\.outlier_z'"):
        rebuild(out, ["checks.outlierz=3"])
    assert tiny.tree(out) == before


def test_it_moves_with_its_folder(out: Path, tmp_path: Path) -> None:
    moved = out.rename(tmp_path / "moved")
    assert rebuild(moved).verdict.headline
    assert (moved / "index.html").is_file()


def test_an_unfinished_run(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / "results.json").unlink()
    with pytest.raises(IncompleteError, match=r"did not finish.*repeat"):
        rebuild(out)
    assert tiny.command("report", str(out)) == 3
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "text, message",
    [
        (None, "found no results.json"),
        ("{", "results.json: expected the results of a run"),
        ("{}", "schema_version: Field required"),
        ("[]", "top level"),
    ],
)
def test_a_folder_of_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, message: str
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    if text is not None:
        (tmp_path / "results.json").write_text(text)
    before = tiny.tree(tmp_path)
    with pytest.raises(OutputError, match=message):
        rebuild(tmp_path)
    assert tiny.command("report", str(tmp_path)) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert tiny.tree(tmp_path) == before


def test_no_folder_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("none", "file"):
        with pytest.raises(OutputError):
            rebuild(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_results_of_another_version(out: Path) -> None:
    path = out / "results.json"
    now = f'"schema_version": "{SCHEMA_VERSION}"'
    path.write_text(path.read_text().replace(now, '"schema_version": "0.1"'))
    with pytest.raises(OutputError, match=rf"results of version {SCHEMA_VERSION}, got 0\.1"):
        rebuild(out)


def with_more(out: Path, version: str) -> None:
    """The same results as another version of audit would have written them, with fields of its own."""
    path = out / "results.json"
    results = json.loads(path.read_text())
    results["schema_version"] = version
    results["sparkle"] = {"bright": 3}
    results["classes"][0]["label"]["colour"] = "red"
    results["classes"][0]["pictures"][0]["mood"] = None
    path.write_text(json.dumps(results))


@pytest.mark.parametrize("minor", [0, 9, 10])
def test_results_of_another_minor_version_are_read(
    out: Path, monkeypatch: pytest.MonkeyPatch, minor: int
) -> None:
    expected = read_results(out)
    major = SCHEMA_VERSION.partition(".")[0]
    own, version = f"{major}.1", f"{major}.{minor}"
    monkeypatch.setattr("audit.runner.rebuild.SCHEMA_VERSION", own)
    with_more(out, version)
    assert read_results(out) == expected.model_copy(update={"schema_version": version})
    assert tiny.command("check", str(out)) in (0, 1)
    before = tiny.tree(out)
    if minor == 0:
        assert rebuild(out).schema_version == own
    else:
        with pytest.raises(OutputError, match=f"or before, got {version}: .*would lose"):
            rebuild(out)
        assert tiny.tree(out) == before


def test_unknown_fields_of_the_own_version_are_an_error(out: Path) -> None:
    with_more(out, SCHEMA_VERSION)
    with pytest.raises(OutputError, match=r"(sparkle|colour|mood): Extra inputs"):
        read_results(out)


def test_a_picture_that_is_gone(out: Path) -> None:
    (out / "images" / "pictures" / "0000-restart0.png").unlink()
    (out / "images" / "pictures" / "0000-restart1.png").unlink()
    page = (out / "index.html").read_bytes()
    with pytest.raises(OutputError, match="0000-restart"):
        rebuild(out)
    assert (out / "index.html").read_bytes() == page

"""What another package adds by entry points works from the command line to the page; what it breaks is said.

`plugin_package` and `broken_plugin_package` look as pip installs a package: modules, and metadata with the
entry points. The command runs in a process of its own, with one of them on the path.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import page_reader
import pytest
import tiny

HERE = Path(__file__).parent
ROOT = HERE.parent
SMALL = tiny.flags("robustness.images=0", "unconstrained.classes=2", "synthesis.restarts=1")


def audit(*words: object, package: str = "plugin_package") -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, (ROOT, HERE / package, os.environ.get("PYTHONPATH", ""))))
    return subprocess.run(
        [sys.executable, "-m", "audit", *map(str, words)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("toy") / "run"
    file = out.parent / "summary.toy"
    return out, audit("run", "toy:net", *SMALL, "--out", out, "--format", "toy", "--output", file)


def read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "results.json").read_text())


Run = tuple[Path, "subprocess.CompletedProcess[str]"]


def test_a_loader_is_audited(toy: Run) -> None:
    out, done = toy
    assert done.returncode == 0, done.stderr
    results = read(out)
    assert [label["name"] for label in results["model"]["classes"]] == ["ball", "bear", "kite", "top"]
    assert results["model"]["input"]["sources"]["mean"] == "the toy's own"
    assert results["run"]["plugins"] == []


def test_a_loader_is_in_the_help_and_says_without_torch_what_it_can(tmp_path: Path) -> None:
    assert "toy:net" in audit("layers", "--help").stdout
    done = audit("run", "toy:nte", "--out", tmp_path / "none")
    assert done.returncode == 2
    assert "there is no toy 'toy:nte'. Fix: use toy:net" in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_statistic_reaches_the_results_without_a_natural_range(toy: Run) -> None:
    results = read(toy[0])
    (info,) = [s for s in results["baseline"]["statistics"] if s["id"] == "toy_redness"]
    assert results["baseline"]["id"] is not None
    assert (info["quantiles"], info["constrained"]) == (None, False)
    measured = [columns["toy_redness"] for c in results["classes"] for columns in c["statistics"].values()]
    assert len(measured) >= 4
    assert all(0 < value["value"] < 1 and value["percentile"] is None for value in measured)
    for section in page_reader.sections((toy[0] / "index.html").read_text()).values():
        (row,) = re.findall(r"<tr><th[^>]*>Redness.*?</tr>", section, re.S)
        assert "no natural range yet" in row
        assert "no natural range yet" not in section.replace(row, "")
    header, first = (toy[0] / "classes.csv").read_text().splitlines()[:2]
    assert float(first.split(",")[header.split(",").index("toy_redness")]) > 0


def test_a_baseline_of_new_photographs_has_the_statistic(tmp_path: Path) -> None:
    for number in range(30):
        tiny.photograph(tmp_path / "photos" / f"{number}.png", number)
    file = tmp_path / "own.json"
    done = audit("baseline", tmp_path / "photos", "--size", 32, "--out", file)
    assert done.returncode == 0, done.stderr
    table = json.loads(file.read_text())["tables"]["toy_redness"]
    assert 0 < table[0] < table[-1] < 1


def test_a_writer_writes_to_a_file_or_is_printed(toy: Run) -> None:
    out, _ = toy
    expected = [f"{check['meta']['id']}={check['outcome']}" for check in read(out)["checks"]]
    assert (out.parent / "summary.toy").read_text().splitlines() == [*expected, "policy=none"]
    before = tiny.tree(out)
    printed = audit("report", out, "--format", "toy")
    assert (printed.returncode, printed.stdout.splitlines()) == (0, [*expected, "policy=none"])
    checked = audit("check", out, "--format", "toy")
    assert checked.stdout.splitlines()[:-1] == expected
    assert checked.stdout.splitlines()[-1] in ("policy=holds", "policy=failed", "policy=incomplete")
    assert (checked.returncode == 0) == (checked.stdout.splitlines()[-1] == "policy=holds")
    assert tiny.tree(out) == before


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("broken")
    model = tiny.write(folder)
    out = folder / "run"
    return out, audit("run", model, *SMALL, "--out", out, package="broken_plugin_package")


BROKEN = [
    ("audit.loaders", "bad-loader", "No module named 'bad_audit.does_not_exist'"),
    ("audit.statistics", "bad-statistic", "No module named 'bad_audit.does_not_exist'"),
    ("audit.statistics", "bad_audit.raising_statistic", "the statistic tripped"),
    ("audit.writers", "bad-writer", "No module named 'bad_audit.does_not_exist'"),
    ("audit.writers", "bad", "the writer tripped"),
]
"""Group, name, reason. A kind of thing that is added to the package is added here."""


@pytest.mark.parametrize("group, name, reason", BROKEN)
def test_what_is_broken_is_named_and_is_not_the_end_of_the_run(
    broken: Run, group: str, name: str, reason: str
) -> None:
    out, done = broken
    assert done.returncode == 0, done.stderr
    (said,) = [p for p in read(out)["run"]["plugins"] if (p["group"], p["name"]) == (group, name)]
    assert reason in said["error"]
    (line,) = [line for line in done.stderr.splitlines() if f"plug-in {name} ({group})" in line]
    assert reason in line
    if name != "bad":  # its document is written before the results that name it
        assert name in (out / "index.html").read_text()


def test_nothing_else_is_called_broken(broken: Run) -> None:
    found = {(p["group"], p["name"]) for p in read(broken[0])["run"]["plugins"]}
    assert found == {(group, name) for group, name, _ in BROKEN}


def test_the_picture_keeps_its_other_statistics(broken: Run) -> None:
    columns = [c for entry in read(broken[0])["classes"] for c in entry["statistics"].values()]
    assert columns
    assert all(c["bad_number"]["value"] is None and c["contrast"]["value"] > 0 for c in columns)


def test_a_statistic_that_gave_nothing_is_said_again_when_the_run_is_found_finished(broken: Run) -> None:
    out, _ = broken
    model = read(out)["model"]["spec"]
    again = audit("run", model, *SMALL, "--out", out, package="broken_plugin_package")
    assert again.returncode == 0, again.stderr
    (said,) = [p for p in read(out)["run"]["plugins"] if p["name"] == "bad_audit.raising_statistic"]
    assert said["error"] == "gave no number on any picture"


@pytest.mark.parametrize(
    "words, said",
    [
        (("run", "bad:net"), "the loader bad from outside raised RuntimeError: the loader tripped"),
        (("run", "bad-loader:net"), "the loader bad-loader from outside is broken: ModuleNotFoundError"),
        (("run", "demo", "--format", "bad-writer"), "the writer bad-writer from outside is broken"),
        (("run", "demo", "--format", "nothing"), "unknown format 'nothing'"),
        (("run", "demo", "--output", "file"), "what shall be written to file"),
    ],
)
def test_what_is_broken_and_asked_for_is_an_error_of_one_line(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = audit(*words, "--out", tmp_path / "out", package="broken_plugin_package")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_form_that_cannot_be_written_is_not_a_success(broken: Run) -> None:
    done = audit("report", broken[0], "--format", "bad", package="broken_plugin_package")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the writer bad from outside raised RuntimeError: the writer tripped" in done.stderr

"""What another package adds by entry points works from the command line to the page; what it breaks is said.

`plugin_package` and `broken_plugin_package` look as pip installs a package: modules, and metadata with the
entry points. The command runs in a process of its own, with one of them on the path.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import page_reader
import pytest
import tiny
from once import once

from audit.checks import CHECKS
from audit.runner.rebuild import rejudged

HERE = Path(__file__).parent
ROOT = HERE.parent
SMALL = (
    *("unconstrained.classes=2", "synthesis.restarts=1", "robustness.images=4", "robustness.steps=4"),
    *("robustness.restarts=1", "robustness.epsilons=[1, 4, 16]", "robustness.examples=0"),
)
ATTACKS = 'robustness.attacks=["minimum-norm-pgd", "fgsm"]'
POLICY = """
[checks]
dead-class = "warn"
class-overlap = "warn"
unreliable-picture = "warn"
[policy]
require = []
"""
"""Holds where nothing is broken."""
LIMIT = POLICY.replace("[policy]", 'toy-views = "error"\n[limits]\ntoy_views = {}\n[policy]')
"""What another package's check says, and no other, decides."""


def audit(*words: object, package: str = "plugin_package") -> subprocess.CompletedProcess[str]:
    # What is broken is made of what is whole: those modules are found, and not as entry points.
    path = os.pathsep.join(map(str, (ROOT, HERE / package, HERE, os.environ.get("PYTHONPATH", ""))))
    return subprocess.run(
        [sys.executable, "-m", "audit", *map(str, words)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


Run = tuple[Path, "subprocess.CompletedProcess[str]"]


def write(folder: Path, done: subprocess.CompletedProcess[str]) -> None:
    """What a command said, for all test processes."""
    (folder / "said.json").write_text(json.dumps([done.returncode, done.stdout, done.stderr]))


def shared(folder: Path) -> Run:
    """The run in a folder, and what the command said."""
    code, out, errors = json.loads((folder / "said.json").read_text())
    return folder / "run", subprocess.CompletedProcess(["audit"], code, out, errors)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Run:

    def make(folder: Path) -> None:
        words = ("--policy", policies(folder), "--format", "toy", "--output", folder / "summary.toy")
        done = audit("run", "toy:net", *tiny.flags(*SMALL, ATTACKS), "--out", folder / "run", *words)
        write(folder, done)

    return shared(once(tmp_path_factory, "toy", make))


def policies(folder: Path) -> Path:
    """Two policies, with a limit that every class exceeds and with one that none does; the stricter file."""
    (folder / "loose.toml").write_text(LIMIT.format(1000))
    (folder / "strict.toml").write_text(LIMIT.format(2))
    return folder / "strict.toml"


def read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "results.json").read_text())


def test_a_loader_is_audited(toy: Run) -> None:
    results = read(toy[0])
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
    assert (out.parent / "summary.toy").read_text().splitlines() == [*expected, "policy=failed"]
    before = tiny.tree(out)
    printed = audit("report", out, "--format", "toy")
    assert (printed.returncode, printed.stdout.splitlines()) == (0, [*expected, "policy=none"])
    checked = audit("check", out, "--policy", out.parent / "loose.toml", "--format", "toy")
    assert (checked.returncode, checked.stdout.splitlines()) == (0, [*expected, "policy=holds"])
    assert tiny.tree(out) == before


def test_a_check_decides_the_exit_code_by_the_limit_of_a_policy(toy: Run) -> None:
    """With another limit, and nothing else, the same run passes: see the test of the writer."""
    out, done = toy
    assert done.returncode == 1, done.stderr
    assert "Policy failed: toy-views" in done.stdout
    (answer,) = [c for c in read(out)["checks"] if c["meta"]["id"] == "toy-views"]
    assert (answer["outcome"], answer["summary"]) == ("flagged", "4 classes above the limit.")
    page = (out / "index.html").read_text()
    assert 'id="check-toy-views"' in page
    assert "<h3>&#34;ball&#34; took long</h3>" in page


def test_a_stage_chooses_from_earlier_records_and_is_shown(toy: Run) -> None:
    results = read(toy[0])
    chosen = {
        entry["label"]["name"]: p["probability"]
        for entry in results["classes"]
        for p in entry["pictures"]
        if p["chosen"] and p["prior"] == "natural"
    }
    (stage,) = [stage for stage in results["run"]["stages"] if stage["name"] == "mirror"]
    assert (stage["units"], stage["done"], stage["error"]) == (2, 2, None)
    (table, pictures, _) = results["details"]["mirror"]["blocks"]
    unsure = sorted(chosen, key=lambda name: chosen[name])[:2]
    assert [name for name, _ in table["rows"]] == unsure
    assert all((toy[0] / picture["file"]).is_file() for picture in pictures["pictures"])
    section = (toy[0] / "index.html").read_text().partition('<section id="details-mirror"')[2]
    shown = section.partition("</section>")[0]
    assert all(f"{name} &lt;in a mirror&gt;" in shown for name in unsure)


def test_an_attack_has_its_row(toy: Run) -> None:
    seen = read(toy[0])["robustness"]
    own, other = seen["attacks"]
    assert (own["attack"], other["attack"]) == ("minimum-norm-pgd", "fgsm")
    assert own["error"] is other["error"] is None
    assert own["images"] == other["images"] == seen["correct"] > 0
    assert [level["epsilon"] for level in other["flipped_within"]] == [1, 4, 16]
    (row,) = re.findall(r'<tr><th scope="row">fgsm .*?</tr>', (toy[0] / "index.html").read_text())
    assert "failed" not in row
    assert f"<td>{seen['correct']}</td>" in row


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Run:

    def make(folder: Path) -> None:
        (folder / "policy.toml").write_text(POLICY)
        words = tiny.flags(*SMALL, BAD_ATTACKS)
        words += ["--out", str(folder / "run"), "--policy", str(folder / "policy.toml")]
        model = tiny.write(folder, seed=2)
        write(folder, audit("run", model, *words, package="broken_plugin_package"))

    return shared(once(tmp_path_factory, "broken", make))


BAD_ATTACKS = 'robustness.attacks=["minimum-norm-pgd", "bad-attack", "raising"]'
BROKEN = [
    ("audit.attacks", "bad-attack", "No module named 'bad_audit.does_not_exist'"),
    ("audit.checks", "bad-check", "No module named 'bad_audit.does_not_exist'"),
    ("audit.loaders", "bad-loader", "No module named 'bad_audit.does_not_exist'"),
    ("audit.stages", "bad-stage", "No module named 'bad_audit.does_not_exist'"),
    ("audit.statistics", "bad-statistic", "No module named 'bad_audit.does_not_exist'"),
    ("audit.statistics", "bad_audit.raising_statistic", "the statistic tripped"),
    ("audit.writers", "bad-writer", "No module named 'bad_audit.does_not_exist'"),
    ("audit.writers", "bad", "the writer tripped"),
]
"""Group, name, reason. What raises and has an answer of its own, an error, is in `RAISING`."""
RAISING = [
    ("attack raising failed", "no way out"),
    ("check bad-views", "the check tripped"),
    ("stage breaking failed", "ZeroDivisionError: no luck"),
]
"""Beginning of the line on standard error, reason."""


@pytest.mark.parametrize("group, name, reason", BROKEN)
def test_what_is_broken_is_named_and_is_not_the_end_of_the_run(
    broken: Run, group: str, name: str, reason: str
) -> None:
    out, done = broken
    assert done.returncode == 3, done.stderr
    (said,) = [p for p in read(out)["run"]["plugins"] if (p["group"], p["name"]) == (group, name)]
    assert reason in said["error"]
    (line,) = [line for line in done.stderr.splitlines() if f"plug-in {name} ({group})" in line]
    assert reason in line
    if name != "bad":  # its document is written before the results that name it
        assert name in (out / "index.html").read_text()


@pytest.mark.parametrize("what, reason", RAISING)
def test_what_raises_while_it_is_used_is_said_and_shown(broken: Run, what: str, reason: str) -> None:
    out, done = broken
    (line,) = [line for line in done.stderr.splitlines() if line.startswith(what)]
    assert reason in line
    assert reason in (out / "index.html").read_text()
    assert "Traceback" not in done.stderr


def test_a_run_with_broken_parts_ends_and_is_no_pass(broken: Run) -> None:
    out, done = broken
    results = read(out)
    assert results["verdict"]["outcome"] == "incomplete"
    lacking = {entry["what"]: entry["why"] for entry in results["verdict"]["not_checked"]}
    assert {"stage breaking", "plug-in bad-stage", "bad-check", "bad-views"} <= set(lacking)
    assert re.search(r"bad-views, bad-check.* ended in an error", done.stdout)
    answers = {check["meta"]["id"]: check for check in results["checks"]}
    assert answers["bad-check"]["outcome"] == answers["bad-views"]["outcome"] == "error"
    assert answers["adversarial-robustness"]["outcome"] != "passed"
    attacks = {attack["attack"]: attack for attack in results["robustness"]["attacks"]}
    assert "bad_audit.does_not_exist" in attacks["bad-attack"]["error"]
    assert "no way out" in attacks["raising"]["error"]
    assert attacks["minimum-norm-pgd"]["images"] == results["robustness"]["correct"] > 0


def test_a_finished_run_is_judged_by_the_checks_that_are_broken_now(
    toy: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    checked = audit("check", toy[0], "--policy", policy, "--json", package="broken_plugin_package")
    assert checked.returncode == 3
    rows = {row["check"]: row for row in json.loads(checked.stdout)["checks"]}
    assert (rows["bad-check"]["outcome"], rows["bad-check"]["effect"]) == ("error", "incomplete")
    assert "does_not_exist" in rows["bad-check"]["why"]
    CHECKS.names()
    monkeypatch.setitem(CHECKS._broken, "bent", "ImportError: no bent")
    said = rejudged(toy[0])
    assert [(p.group, p.name, p.error) for p in said.run.plugins] == [
        ("audit.checks", "bent", "ImportError: no bent")
    ]
    assert [c.outcome for c in said.checks if c.meta.id == "bent"] == ["error"]


def test_a_check_that_is_mended_is_no_longer_called_broken(broken: Run) -> None:
    """Here no other package is installed; what took part in computing stays as it was."""
    said = rejudged(broken[0])
    left = {(p.group, p.name) for p in said.run.plugins}
    assert left == {(group, name) for group, name, _ in BROKEN if group != "audit.checks"}
    assert "bad-check" not in {check.meta.id for check in said.checks}
    assert "stage breaking" in {entry.what for entry in said.verdict.not_checked}


def test_nothing_else_is_called_broken(broken: Run) -> None:
    found = {(p["group"], p["name"]) for p in read(broken[0])["run"]["plugins"]}
    assert found == {(group, name) for group, name, _ in BROKEN}


def test_the_picture_keeps_its_other_statistics(broken: Run) -> None:
    columns = [c for entry in read(broken[0])["classes"] for c in entry["statistics"].values()]
    assert columns
    assert all(c["bad_number"]["value"] is None and c["contrast"]["value"] > 0 for c in columns)


def test_a_statistic_that_gave_nothing_is_said_again_when_the_run_is_found_finished(
    broken: Run, tmp_path: Path
) -> None:
    # A copy: other tests, perhaps of other processes, read the first one.
    out = Path(shutil.copytree(broken[0], tmp_path / "run"))
    model = read(out)["model"]["spec"]
    words = (*tiny.flags(*SMALL, BAD_ATTACKS), "--out", out)
    again = audit("run", model, *words, package="broken_plugin_package")
    assert again.returncode == 3, again.stderr
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
    assert (done.returncode, done.stdout) == (3, "")
    assert "the writer bad from outside raised RuntimeError: the writer tripped" in done.stderr

"""A run goes on where it stopped, and repeats nothing that stands."""

import fcntl
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny

from audit.errors import OutputError
from audit.stages import checkpoint
from audit.stages.checkpoint import Checkpoint

SLOW = ("synthesis.views=100", "synthesis.batch=1")
"""One class a unit, and enough work to be interrupted in."""
PATIENCE = 900
"""Seconds after which a process hangs; on a busy machine it takes minutes."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.write(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def finished(model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "run"
    tiny.audit_tiny(model, out, "synthesis.batch=1")
    return out


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    """A finished run to spoil, its files as old as the original's."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, ...]]]:
    """Notes every unit that is computed."""
    return tiny.noting(monkeypatch)


TOGETHER = {"nearest-photographs", "parts"}
"""Stages that compare each class with all."""


def again(model: str, out: Path, *settings: str, **keywords: Any) -> Any:
    return tiny.audit_tiny(model, out, "synthesis.batch=1", *settings, **keywords)


def stamps(out: Path) -> dict[str, tuple[int, bytes]]:
    """Unit records and pictures: when they were written, and what they hold."""
    files = [p for folder in ("units", "images") for p in (out / folder).rglob("*") if p.is_file()]
    return {str(p.relative_to(out)): (p.stat().st_mtime_ns, p.read_bytes()) for p in files}


def test_a_second_run_computes_nothing_and_writes_the_page_again(
    model: str, out: Path, computed: list[Any]
) -> None:
    before, expected = stamps(out), tiny.comparable(out)
    (out / "index.html").unlink()
    run = again(model, out)
    assert computed == []
    assert stamps(out) == before
    assert tiny.comparable(out) == expected
    assert run.page.is_file()
    assert run.results.run.timing.sessions == 2


def test_other_limits_compute_nothing_and_judge_anew(model: str, out: Path, computed: list[Any]) -> None:
    before = stamps(out)
    run = again(model, out, "checks.unreliable_probability=1.0", "checks.outlier_z=0.1")
    assert computed == []
    assert stamps(out) == before
    assert run.results.run.config["checks"]["unreliable_probability"] == 1.0
    assert run.results.checks != again(model, out).results.checks


def test_another_setting_is_refused_by_name(model: str, out: Path, computed: list[Any]) -> None:
    before = tiny.tree(out)
    with pytest.raises(OutputError, match=r"synthesis views was 8, is 9.*fresh=True"):
        again(model, out, "synthesis.views=9")
    with pytest.raises(OutputError, match=r"unconstrained classes was 4, is 5"):
        again(model, out, "unconstrained.classes=5")
    assert computed == []
    assert tiny.tree(out) == before


def test_more_classes_keep_whole_units(model: str, tmp_path: Path, computed: list[Any]) -> None:
    few = again(model, tmp_path / "run", only=["0:4"])
    assert few.results.run.only == [0, 1, 2, 3]
    kept = {k: v for k, v in stamps(tmp_path / "run").items() if k.startswith(("units/pictures", "images/p"))}
    computed.clear()
    again(model, tmp_path / "run")
    assert ("pictures", (4, 5)) in computed
    assert not {("pictures", (0, 1)), ("pictures", (2, 3))} & set(computed)
    after = stamps(tmp_path / "run")
    assert {name: after[name] for name in kept} == kept


def test_one_class_first_and_then_all(model: str, tmp_path: Path, computed: list[Any]) -> None:
    """In a unit of eight classes: the one that was drawn stands; then a few of all are only read."""
    out = tmp_path / "run"
    tiny.audit_tiny(model, out, only=["3"])
    kept = stamps(out)
    computed.clear()
    run = tiny.audit_tiny(model, out, "unconstrained.classes=4")
    assert [items for stage, items in computed if stage == "pictures"] == [(0, 1, 2, 4, 5)]
    assert not [stage for stage, items in computed if 3 in items and stage not in TOGETHER]
    after = stamps(out)
    assert {name: after[name] for name in kept} == kept
    assert [c.label.index for c in run.results.classes] == list(range(6))
    computed.clear()
    tiny.audit_tiny(model, out, only=["3", "5"])
    assert {stage for stage, _ in computed} <= {"unconstrained", "statistics", "parts"}
    assert stamps(out).items() >= kept.items()


@pytest.mark.parametrize("stage", ["pictures", "unconstrained"])
def test_killed_inside_a_unit_it_goes_on_where_it_was(
    model: str, tmp_path: Path, computed: list[Any], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """All six classes are one unit; a state is kept after every step."""
    settings = ("synthesis.step_budget=[0.2, 2]", "synthesis.views=40", "unconstrained.views=40")
    whole, out = tmp_path / "whole", tmp_path / "run"
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 1e9)
    offer, steps, last = Checkpoint.offer, Counter[str](), [-1]

    def counting(own: Checkpoint, state: Callable[[], Any]) -> None:
        offer(own, state)
        steps[computed[-1][0]] += 1
        if steps[stage] == last[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "offer", counting)
    tiny.audit_tiny(model, whole, *settings)
    total = steps[stage]
    assert total > 15
    steps.clear()
    last[0] = 15
    with pytest.raises(KeyboardInterrupt):
        tiny.audit_tiny(model, out, *settings)
    (state,) = [name for name in stamps(out) if name.endswith(".unfinished.npz")]
    assert state.startswith(f"units/{stage}/")
    steps.clear()
    last[0] = -1
    tiny.audit_tiny(model, out, *settings)
    assert steps[stage] == total - 15
    assert tiny.comparable(out) == tiny.comparable(whole)
    expected, found = stamps(whole), stamps(out)
    assert found.keys() == expected.keys()
    assert all(found[name][1] == expected[name][1] for name in found if name.startswith("images/"))


def test_what_other_units_kept_goes_with_the_end_of_the_run(model: str, out: Path) -> None:
    left = out / "units" / "pictures" / "0.unfinished.npz"
    left.write_bytes(b"")
    again(model, out)
    assert not left.exists()


def spoil_picture(out: Path) -> None:
    path = out / "images" / "pictures" / "0002-restart1.png"
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def remove_picture(out: Path) -> None:
    (out / "images" / "pictures" / "0002-restart1.png").unlink()


def record_of(out: Path) -> Path:
    (path,) = (
        p for p in (out / "units" / "pictures").iterdir() if json.loads(p.read_text())["items"] == [2, 3]
    )
    return path


def cut_record(out: Path) -> None:
    path = record_of(out)
    path.write_bytes(path.read_bytes()[:300])


def binary_record(out: Path) -> None:
    record_of(out).write_bytes(b"\xff\x00" * 20)


def swapped_record(out: Path) -> None:
    """The record of other classes under this one's name."""
    own = record_of(out)
    other = next(p for p in own.parent.iterdir() if p != own)
    shutil.copy(other, own)


@pytest.mark.parametrize(
    "damage",
    [spoil_picture, remove_picture, cut_record, binary_record, swapped_record],
    ids=lambda f: f.__name__,
)
def test_what_is_damaged_is_computed_again_to_the_same_bytes(
    model: str, out: Path, computed: list[Any], damage: Callable[[Path], None]
) -> None:
    before, expected = stamps(out), tiny.comparable(out)
    damage(out)
    again(model, out)
    assert computed == [("pictures", (2, 3))]
    assert tiny.comparable(out) == expected
    after = stamps(out)
    pictures = [name for name in before if name.startswith("images/")]
    assert {name: after[name][1] for name in pictures} == {name: before[name][1] for name in pictures}
    untouched = [
        n
        for n in before
        if "0002" not in n and "0003" not in n and n != f"units/pictures/{record_of(out).name}"
    ]
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}


def test_temporary_files_of_a_killed_process_are_removed(model: str, out: Path) -> None:
    ours = [".tmp-run.json", "units/pictures/.tmp-x.json", "images/pictures/.tmp-0.png", ".tmp-index.html"]
    theirs = ["notes.txt", ".tmp-mine", "sub/.tmp-x"]
    for name in [*ours, *theirs]:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("half")
    again(model, out)
    assert [name for name in ours if (out / name).exists()] == []
    assert [name for name in theirs if not (out / name).exists()] == []


def test_a_process_killed_before_its_first_record_leaves_a_usable_folder(model: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / ".lock").touch()
    (out / ".tmp-run.json").write_text('{"vers')
    assert again(model, out).page.is_file()


@pytest.fixture
def holder(out: Path) -> Iterator[None]:
    """Another process that works in the folder."""
    code = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(out / ".lock")], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.kill()


@pytest.mark.usefixtures("holder")
def test_a_second_process_is_refused(model: str, out: Path) -> None:
    before = tiny.tree(out)
    for fresh in (False, True):
        with pytest.raises(OutputError, match="another run is working in this folder"):
            again(model, out, fresh=fresh)
    assert tiny.tree(out) == before


def test_the_lock_ends_with_the_run(model: str, out: Path) -> None:
    again(model, out)
    with open(out / ".lock") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def records(out: Path) -> list[Path]:
    """Finished units."""
    return [path for path in (out / "units").glob("*/*.json") if not path.name.startswith(".")]


def start(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "audit", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        # A shell's background jobs ignore SIGINT, and so would all that they start, this process too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )


def test_sigterm_ends_it_as_ctrl_c_does(model: str, tmp_path: Path) -> None:
    """As a batch system ends what takes too long: in one line, and what is finished stays."""
    out = tmp_path / "run"
    with start(["run", model, *tiny.flags(*SLOW), "--out", str(out)]) as process:
        wait_for_a_record(process, out)
        process.terminate()
        said, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143, errors
    assert_interrupted(said, errors)
    assert records(out)
    assert not (out / "results.json").exists()


def assert_interrupted(said: bytes, errors: bytes) -> None:
    """In one line, after those that say what is loaded and what there is to do."""
    loading, begun, *_expected, last = errors.decode().splitlines()
    assert loading.startswith("loading ")
    assert begun.startswith("begun: 6 classes, ")
    assert last == "audit: interrupted; the same command goes on where it stopped"
    assert said == b""


def wait_for_a_record(process: subprocess.Popen[bytes], out: Path, beyond: int = 0) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(records(out)) <= beyond:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_killed_and_interrupted_it_finishes_to_the_same_results(model: str, tmp_path: Path) -> None:
    """First SIGINT in one process, then SIGKILL in a second at a random moment, then to the end."""
    whole, out = tmp_path / "whole", tmp_path / "run"
    tiny.audit_tiny(model, whole, *SLOW)
    words = ["run", model, *tiny.flags(*SLOW), "--out", str(out)]

    with start(words) as process:
        wait_for_a_record(process, out)
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    assert_interrupted(said, errors)
    first = {name: stamp for name, stamp in stamps(out).items() if not re.search(r"/\.tmp-", name)}
    done = [name for name in first if name.startswith("units/")]
    assert 0 < len(done) < len(list((whole / "units").rglob("*.json")))

    with start(words) as process:
        wait_for_a_record(process, out, beyond=len(done))
        time.sleep(random.Random(4).uniform(0, 0.1))
        process.kill()
        process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
    assert not (out / "results.json").exists()
    assert tiny.command("report", str(out)) == 3
    second = stamps(out)
    units = [name for name in second if name.startswith("units/") and "/.tmp-" not in name]

    assert tiny.command(*words) == 0
    last = stamps(out)
    assert {name: last[name] for name in done} == {name: first[name] for name in done}
    assert {name: last[name] for name in units} == {name: second[name] for name in units}
    assert tiny.comparable(out) == tiny.comparable(whole)
    assert {n: content for n, (_, content) in last.items() if n.startswith("images/")} == {
        n: content for n, (_, content) in stamps(whole).items() if n.startswith("images/")
    }
    assert not [path for path in out.rglob("*") if ".tmp-" in path.name]
    assert json.loads((out / "results.json").read_text())["run"]["timing"]["sessions"] == 3

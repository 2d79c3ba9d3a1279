import io
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from audit.runner import progress

tiny = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "tiny.py")))


def said(folder: Path, *, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100, color_system=None, _environ={})
    tiny.audit_tiny(tiny.write(folder), folder / "run", "synthesis.batch=4", console=console)
    return file.getvalue()


def test_on_a_terminal_every_bar_ends_full(tmp_path: Path) -> None:
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said(tmp_path, terminal=True)).replace("\r", "\n")
    for name, total in (("pictures", 6), ("unconstrained", 4), ("statistics", 6)):
        lines = [line for line in last.splitlines() if line.startswith(f"{name} ")]
        assert f" {total}/{total} classes" in lines[-1]
        shown = [int(found[1]) for line in lines if (found := re.search(r"(\d+)/\d+ classes", line))]
        assert shown == sorted(shown)
        assert max(shown) == total
    again = said(tmp_path, terminal=True)
    assert "4 finished units reused" in again
    assert " 6/6 classes" in again


def test_without_a_terminal_a_line_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(tmp_path, terminal=False) == ""
    assert said(tmp_path, terminal=False) == "4 finished units reused\n"
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    (tmp_path / "second").mkdir()
    lines = said(tmp_path / "second", terminal=False).splitlines()
    pictures = [line for line in lines if line.startswith("pictures: ")]
    assert re.fullmatch(r"pictures: 6 of 6 classes, [\d.]+ views/s", pictures[-1])
    assert any(line.startswith("statistics: 6 of 6 classes") for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_views_beyond_the_estimate_do_not_carry_a_bar_beyond_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that is hard to flip costs more than was foreseen."""
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    stage = SimpleNamespace(name="susceptibility", views=lambda context: 20.0)
    units = [SimpleNamespace(stage=stage, of="photographs", items=items) for items in ((0, 1, 2), (3, 4))]
    file = io.StringIO()
    display = progress.Display(units, None, Console(file=file, width=100, color_system=None, _environ={}))
    for unit in units:
        for _ in range(3):
            display(progress.Step(unit, 30.0, False, False))
        display(progress.Step(unit, 0.0, True, False))
    shown = [int(line.split()[1]) for line in file.getvalue().splitlines()]
    assert shown == [3, 3, 3, 3, 5, 5, 5, 5]

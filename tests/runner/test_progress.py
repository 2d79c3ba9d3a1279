import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny
from rich.console import Console

from audit.runner import progress
from audit.runner.forecast import Forecast, StageForecast
from audit.runner.session import remaining


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
    assert "5 finished units reused" in again
    assert " 6/6 classes" in again


def test_without_a_terminal_a_line_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = f"loading {tmp_path}/net1.py:make, preset standard\nbegun: 6 classes, 5 units of work"
    assert said(tmp_path, terminal=False) == f"{begun}\nexpected: less than a minute\n"
    assert said(tmp_path, terminal=False) == f"{begun}\n5 finished units reused\n"
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    (tmp_path / "second").mkdir()
    lines = said(tmp_path / "second", terminal=False).splitlines()
    pictures = [line for line in lines if line.startswith("pictures: ")]
    assert re.fullmatch(r"pictures: 6 of 6 classes(, [\d.]+ views/s)?, less than a minute left", pictures[-1])
    assert any(line.startswith("statistics: 6 of 6 classes") for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_views_beyond_the_estimate_do_not_carry_a_bar_beyond_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that is hard to flip costs more than was foreseen."""
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    stage = SimpleNamespace(name="robustness", views=lambda context: 20.0)
    units = [SimpleNamespace(stage=stage, of="photographs", items=items) for items in ((0, 1, 2), (3, 4))]
    file = io.StringIO()
    display = progress.Display(units, None, Console(file=file, width=100, color_system=None, _environ={}))
    for unit in units:
        for _ in range(3):
            display(progress.Step(unit, 30.0, False, False))
        display(progress.Step(unit, 0.0, True, False))
    shown = [int(line.split()[1]) for line in file.getvalue().splitlines()]
    assert shown == [3, 3, 3, 3, 5, 5, 5, 5]


class Clock:
    """Time as the test tells it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


Told = tuple[str, float, float, bool]
"""Stage, seconds since the step before, views, whether the unit is finished."""


def shown(monkeypatch: pytest.MonkeyPatch, steps: list[Told], **expected: tuple[float, int]) -> list[str]:
    """Lines without a terminal; each stage is one unit of ten items and 1,000 views."""
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    units = {
        name: SimpleNamespace(
            stage=SimpleNamespace(name=name, views=lambda context: 1000.0),
            of="photographs",
            items=tuple(range(10)),
        )
        for name in dict.fromkeys(step[0] for step in steps)
    }
    file = io.StringIO()
    console = Console(file=file, width=40, color_system=None, _environ={})
    with progress.Display(list(units.values()), None, console) as display:
        if expected:
            clock.now += 100.0  # it takes time to find out
            display.expect(expected)
        for name, seconds, views, finished in steps:
            clock.now += seconds
            display(progress.Step(units[name], views, finished, False))
    return file.getvalue().splitlines()


def test_a_rate_is_of_the_time_that_the_work_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of a step starts when the one before ends; what took no time to speak of has no rate."""
    steps: list[Told] = [("a", 31.0, 100.0, False), *[("a", 2.0, 50.0, False)] * 16, ("a", 0.0, 0.0, True)]
    steps += [("b", 1e-5, 100.0, False), ("b", 40.0, 0.0, True)]
    assert shown(monkeypatch, steps) == [
        "begun: 10 photographs, 2 units of work",
        "a: 1 of 10 photographs",
        "a: 8 of 10 photographs, 25.0 views/s",
        "b: 10 of 10 photographs",
    ]


def test_the_time_left_follows_what_the_work_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Told] = [*[("a", 60.0, 100.0, False)] * 10, ("a", 0.0, 0.0, True), ("b", 60.0, 500.0, False)]
    lines = shown(monkeypatch, steps, a=(300.0, 10), b=(300.0, 10))
    assert lines[:2] == ["begun: 10 photographs, 2 units of work", "expected: about 10 minutes"]
    # A tenth of the first stage took twice the seconds that were expected.
    assert lines[2] == "a: 1 of 10 photographs, about 19 minutes left"
    assert lines[-2] == "a: 10 of 10 photographs, 1.7 views/s, about 10 minutes left"
    # Eleven minutes for seven and a half.
    assert lines[-1] == "b: 5 of 10 photographs, about 4 minutes left"


def test_a_stage_that_chooses_its_units_later_counts_until_it_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    first, later = (
        SimpleNamespace(stage=SimpleNamespace(name=name, views=lambda _: 1000.0, of=lambda _: "classes"),
                        of="classes", items=tuple(range(10)))
        for name in "ab"
    )  # fmt: skip
    file = io.StringIO()
    console = Console(file=file, width=40, color_system=None, _environ={})
    with progress.Display([first], None, console) as display:
        display.expect({"a": (300.0, 10), "b": (300.0, 0)})
        clock.now += 300
        display(progress.Step(first, 1000.0, True, False))
        display.begin(later.stage, [later])
        clock.now += 150
        display(progress.Step(later, 500.0, False, False))
    assert file.getvalue().splitlines()[1:] == [
        "expected: about 10 minutes",
        "a: 10 of 10 classes, about 5 minutes left",
        "b: 5 of 10 classes, about 2 minutes left",
    ]


def test_what_is_expected_counts_stages_that_choose_their_units_later() -> None:
    stages = [
        StageForecast(name, "classes", items=items, units=units, views=9.0, seconds=60.0)
        for name, items, units in (
            ("pictures", 4, 4),
            ("probes", 3, 3),
            ("fitted-changes", 0, 0),
            ("causal-tests", 0, 0),
            ("parts", 5, 10),
        )
    ]
    ahead = Forecast(tuple(stages), 1.0, Path())
    probing, drawing = (
        SimpleNamespace(stage=SimpleNamespace(name=name), items=(0,)) for name in ("probes", "pictures")
    )
    part = SimpleNamespace(stage=SimpleNamespace(name="parts"), items=(0, 1, 2, 3, 4))
    later = {"fitted-changes": (60.0, 0), "causal-tests": (60.0, 0)}
    none = dict.fromkeys(("pictures", "probes", "parts"), (0.0, 0))
    assert remaining(ahead, [probing]) == {**none, "probes": (20.0, 1), **later}
    assert remaining(ahead, [drawing]) == {**none, "pictures": (15.0, 1)}
    # Ten parts of the same five classes.
    assert remaining(ahead, [part] * 5) == {**none, "parts": (30.0, 25)}


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0, "less than a minute"),
        (50, "about 1 minute"),
        (1000, "about 17 minutes"),
        (5800, "about 1.6 hours"),
    ],
)
def test_lengths_of_time(seconds: float, words: str) -> None:
    assert progress.about(seconds) == words

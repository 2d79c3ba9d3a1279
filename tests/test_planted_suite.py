"""The suite of planted networks: which are measured again, and what their records keep."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    before = set(sys.modules)
    import planted_suite

    yield planted_suite
    for name in set(sys.modules) - before:
        if name.startswith("planted_"):
            del sys.modules[name]


def row(name: str, stages: dict[str, float], **more: Any) -> dict[str, Any]:
    given = {"took": True, "seconds_made": 1.0, "seconds": 2.0, "tests": [], "tested": 0}
    return {"specimen": {"name": name}, "scores": {"old": 1}, "stages": stages, **given, **more}


def measure(
    suite: Any, folder: Path, again: bool, monkeypatch: pytest.MonkeyPatch, withheld: bool = False
) -> list[str]:
    """Names that were measured, of the first three; without photographs there are no pieces of them."""
    asked: list[str] = []
    first = sorted(s.name for s in suite.SPECIMENS if s.half in ("tuning", "both"))[:3]

    def record(specimen: Any, cache: Path, withheld: bool) -> dict[str, Any]:
        asked.append(specimen.name)
        stages = {"probes": 99.0, "fitted-changes": 99.0} | ({} if withheld else {"pieces": 7.0})
        return row(specimen.name, stages, scores={"new": 2}, tests=["none"])

    monkeypatch.setattr(suite, "record", record)
    monkeypatch.setattr(suite, "withheld_ones", lambda *_: set(first))
    monkeypatch.setattr(suite.torch, "set_num_threads", lambda count: None)
    all_of = suite.chosen
    monkeypatch.setattr(suite, "chosen", lambda *rest: [s for s in all_of(*rest) if s.name in first])
    suite.measure_all(
        argparse.Namespace(
            records=folder,
            withheld=withheld,
            half="tuning",
            shard="0/1",
            only="*",
            cache=folder,
            again=again,
        )
    )
    return asked


def written(folder: Path) -> dict[str, dict[str, Any]]:
    """The last line of each network counts."""
    lines = (folder / "tuning-0-of-1.jsonl").read_text().splitlines()
    return {one["specimen"]["name"]: one for one in map(json.loads, lines)}


@pytest.fixture
def three(suite: Any, tmp_path: Path) -> list[str]:
    """One network whose record has all stages, one whose record lacks a stage, one without a record."""
    names = sorted(s.name for s in suite.SPECIMENS if s.half in ("tuning", "both"))[:3]
    whole = {"pieces": 1.0, "probes": 2.0, "fitted-changes": 3.0}
    lines = [
        row(names[0], whole),
        row(names[1], {"probes": 2.0, "fitted-changes": 3.0}, tests=["kept"], proofs=1),
    ]
    (tmp_path / "tuning-0-of-1.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in lines))
    return names


def test_what_has_a_record_is_not_measured_again(
    suite: Any, three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert measure(suite, tmp_path, False, monkeypatch) == three[2:]


def test_again_measures_what_lacks_a_stage_and_keeps_the_rest_of_its_record(
    suite: Any, three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sorted(measure(suite, tmp_path, True, monkeypatch)) == three[1:]
    found = written(tmp_path)
    assert found[three[0]]["scores"] == {"old": 1}
    again = found[three[1]]
    assert again["scores"] == {"new": 2}
    assert (again["tests"], again["proofs"]) == (["kept"], 1)
    # Stages that were resumed took no time now; what they took stays.
    assert again["stages"] == {"pieces": 7.0, "probes": 2.0, "fitted-changes": 3.0}
    assert measure(suite, tmp_path, True, monkeypatch) == []


def test_again_without_photographs_measures_each_once(
    suite: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(measure(suite, tmp_path, True, monkeypatch, withheld=True)) == 3
    assert measure(suite, tmp_path, True, monkeypatch, withheld=True) == []

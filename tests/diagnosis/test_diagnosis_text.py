"""The table as the command prints it."""

import json
import re
from pathlib import Path

import pytest
import tiny


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    return tmp_path


def test_doctor_prints_a_table_and_what_a_run_would_do(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tiny.tree(place)
    words = ["doctor", "net1.py:make", *tiny.flags()]
    assert tiny.command(*words) == 0
    said = capsys.readouterr()
    assert said.err == "loading net1.py:make, preset standard\n"
    lines = said.out.splitlines()
    parts = ["network", "outputs", "classes", "preprocessing", "proofs", "speed", "checks", "run"]
    assert [line for line in lines if line in parts] == parts
    assert re.search(r"^  input +32 x 32 px +the model's own", said.out, re.M)
    assert lines[-1].startswith("`audit run` would start: ")
    assert all(line == line.rstrip() and line.isprintable() for line in lines)
    assert tiny.command(*words, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["run"] == lines[-1]
    assert {"part", "what", "value", "source", "failed"} == set(record["rows"][0])
    assert tiny.tree(place) == before


def test_doctor_shows_what_held_above_what_did_not(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["net1.py:make", "--only", "dumbell"]
    assert tiny.command("run", *words) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert tiny.command("doctor", *words) == 2
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == line
    assert re.search(r"^  gradient at the input +yes ", said.out, re.M)
    assert "would start" not in said.out
    assert tiny.command("doctor", *words, "--json") == 2
    said = capsys.readouterr()
    record = json.loads(said.out)
    assert (record["starts"], record["exit_code"], record["run"]) == (False, 2, "")
    assert f"{record['error']['problem']}. Fix: {record['error']['fix']}" in line
    assert said.err.splitlines()[-1] == line


@pytest.mark.parametrize("columns", ["50", "80", "200"])
def test_the_table_keeps_to_the_width(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert tiny.command("doctor", "net1.py:make", "--only", "dumbell") == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 30
    assert max(map(len, lines)) <= int(columns)

"""`audit layers` and `audit draw` from the command line to the files."""

import json
import re
from pathlib import Path

import pytest
import tiny
from PIL import Image


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    return tmp_path


def test_layers_as_a_table_and_as_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tiny.command("layers", "net1.py:make") == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["layer", "type", "output", "parameters"]
    assert table[1].split() == ["0", "Conv2d", "8", "x", "32", "x", "32", "224"]
    assert len(table) == 8
    assert tiny.command("layers", "net1.py:make", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [layer["name"] for layer in found] == [str(i) for i in range(7)]
    assert (found[2]["shape"], found[2]["kind"], found[2]["parameters"]) == ([12, 15, 15], "map", 876)


def test_draw_writes_a_sheet_with_photographs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        tiny.photograph(place / "photos" / f"{number}<b>.png", number)
    words = ["--unit", "2:0-1", "--unit", "0", "--views", "3", "--restarts", "2", "--images", "photos"]
    assert tiny.command("draw", "net1.py:make", *words) == 0
    page = Path(capsys.readouterr().out.strip())
    assert page == Path("reports/net1-make-units/index.html")
    html = page.read_text("utf-8")
    assert re.findall(r"<h2><bdi>(.*?)</bdi>", html) == ["2:0", "2:1", "0"]
    assert html.count("<b>drawn, ") == 6
    assert html.count("<b>photograph, ") == 9
    assert len(re.findall(r"above (all|\d of) 4 photographs", html)) == 6
    assert "<b>.png" not in html
    shown = [float(v.replace("−", "-")) for v in re.findall(r"<b>photograph, ([\d.−e]+)</b>", html)]
    for row in (shown[:3], shown[3:6], shown[6:]):
        assert row == sorted(row, reverse=True)
    files = sorted((page.parent / "images").iterdir())
    assert len(files) == 15
    with Image.open(files[0]) as first:
        assert first.size == (32, 32)


@pytest.mark.parametrize(
    ("unit", "message"),
    [("nine", "no layer 'nine'"), ("2:99", "channel from 0 to 11"), ("2:a", "expected LAYER")],
)
def test_a_wrong_unit_is_a_usage_error_and_writes_nothing(
    place: Path, capsys: pytest.CaptureFixture[str], unit: str, message: str
) -> None:
    assert tiny.command("draw", "net1.py:make", "--unit", unit) == 2
    assert message in capsys.readouterr().err
    assert not (place / "reports").exists()

"""Counterexamples through a whole run: what is asked, computed again, refused and shown."""

import json
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny

import audit
from audit.errors import ConfigError, ImageError
from audit.finished import Audit
from audit.photos import open_upright, prepare

QUICK = ("synthesis.views=4", "robustness.images=0", "unconstrained.classes=1", "preprocessing.photographs=0")
EQUAL, HTML = "a=b", "<img src=x onerror=alert(7)>"
CLASSES = ("banana", EQUAL, HTML, "lemon", "a", "plum")


def audited(model: str, out: Path, **keywords: Any) -> Audit:
    return tiny.audit_tiny(model, out, *QUICK, classes=list(CLASSES), **keywords)


def folder(path: Path, objects: int, parts: int, start: int = 0) -> Path:
    for number in range(objects):
        tiny.photograph(path / f"{number}.png", start + number)
    for number in range(parts):
        tiny.photograph(path / "part" / f"{number}.png", start + 100 + number)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A run without counterexamples, and one with those of two classes and photographs of another."""
    place = tmp_path_factory.mktemp("counterexamples")
    model = tiny.write(place)
    first, second = folder(place / "first", 5, 2), folder(place / "second", 3, 0, start=40)
    tiny.photograph(first / "part" / os.fsdecode(b"\xff<b>\x1b[2J\n.png"), 50)
    for number in range(3):
        tiny.photograph(place / "photos" / EQUAL / f"{number}.png", 60 + number)
    plain = audited(model, place / "plain")
    given = audited(
        model, place / "given", images=place / "photos", counterexamples=[f"{EQUAL}={first}", f"2={second}"]
    )
    return SimpleNamespace(model=model, first=first, second=second, plain=plain, given=given)


def test_every_class_and_kind_has_a_record_and_a_row(made: SimpleNamespace) -> None:
    tests = made.given.results.counterexamples
    assert [(t.class_index, t.kind, t.files) for t in tests] == [
        (1, "object", 5), (1, "part", 3), (2, "object", 3),
    ]  # fmt: skip
    photographs = made.given.results.classes[1].photographs.correct
    assert [t.photographs for t in tests] == [photographs, photographs, None]
    assert photographs.n == 3
    rows = made.given.counterexamples
    assert [tuple(row) for row in rows[["class", "name", "kind"]].to_numpy()] == [
        (1, EQUAL, "object"), (1, EQUAL, "part"), (2, HTML, "object"),
    ]  # fmt: skip
    for test, (_, row) in zip(tests, rows.iterrows(), strict=True):
        assert (row["files"], row["answered"], row["share"]) == (
            test.files,
            test.answered.k,
            test.answered.value,
        )
        assert (row["low"], row["high"]) == test.answered.interval
        assert row["probability"] == test.probability
        assert row["instead"] == CLASSES[test.instead[0].class_index]
        assert row["instead_count"] == test.instead[0].count
    assert rows["photographs"].notna().tolist() == [True, True, False]
    reopened = audit.open(made.given.folder).results
    assert reopened == made.given.results
    for shot in (shot for t in tests for shot in t.examples):
        assert re.fullmatch(r"images/counterexamples/[0-9a-f]{16}\.png", shot.file)
        assert (made.given.folder / shot.file).is_file()
    assert any("\\xff<b>" in shot.name for t in tests for shot in t.examples)


def test_a_run_without_any_says_nothing_of_them(made: SimpleNamespace) -> None:
    assert made.plain.results.counterexamples == []
    assert len(made.plain.counterexamples) == 0
    assert list(made.plain.counterexamples.columns) == list(made.given.counterexamples.columns)
    assert "counterexamples" not in [stage.name for stage in made.plain.results.run.stages]
    assert not (made.plain.folder / "units" / "counterexamples").exists()
    assert 'id="counterexamples"' not in made.plain.page.read_text()
    assert 'href="#counterexamples"' not in made.plain.page.read_text()


def test_other_files_recompute_this_stage_alone(
    made: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(made.plain.folder, tmp_path / "run"))
    first, second = (Path(shutil.copytree(path, tmp_path / path.name)) for path in (made.first, made.second))
    noted = tiny.noting(monkeypatch)

    def computed(**keywords: Any) -> list[tuple[str, tuple[int, ...]]]:
        noted.clear()
        audited(made.model, out, **keywords)
        return list(noted)

    both = {EQUAL: first, HTML: second}
    assert computed(counterexamples=both) == [("counterexamples", (1,)), ("counterexamples", (2,))]
    before = tiny.comparable(out)
    assert computed(counterexamples=both) == []
    assert tiny.comparable(out) == before
    tiny.photograph(second / "9.png", 90)
    assert computed(counterexamples=both) == [("counterexamples", (2,))]
    assert [t["files"] for t in tiny.comparable(out)["counterexamples"]] == [5, 3, 4]
    # What is left out changes the count and no answer.
    (second / "c.heic").touch()
    assert computed(counterexamples=both) == []
    assert tiny.comparable(out)["counterexamples"][2]["found"] == 5
    shown = next((out / "images" / "counterexamples").iterdir())
    shown.write_bytes(b"damaged")
    assert {stage for stage, _ in computed(counterexamples=both)} == {"counterexamples"}
    assert computed() == []
    assert tiny.comparable(out) == tiny.comparable(made.plain.folder)


def test_the_page_is_rebuilt_without_the_folders(made: SimpleNamespace, tmp_path: Path) -> None:
    out = Path(shutil.copytree(made.given.folder, tmp_path / "run"))
    (out / "index.html").unlink()
    moved = made.first.rename(tmp_path / "gone")
    try:
        assert tiny.command("report", str(out)) == 0
    finally:
        moved.rename(made.first)
    page = (out / "index.html").read_text()
    assert '<a href="#counterexamples">Counterexamples</a>' in page
    section = page.split('<section id="counterexamples"')[1].split("</section>")[0]
    assert "Of 5 photographs of a=b without the part" in section
    assert HTML not in page
    assert "of &lt;img src=x onerror=alert(7)&gt; without the part" in section
    assert not set("\x1b\u202e") & set(page)


@pytest.mark.parametrize("verb", ["run", "plan", "doctor"])
@pytest.mark.parametrize(
    "given, message",
    [
        ("lemmon={first}", r'no class is called "lemmon".*did you mean "lemon"'),
        ("lemon={empty}", r"empty: expected photographs of the object without the part, got no picture"),
        ("lemon={first}/gone", r"expected a folder of photographs behind the class, got nothing there"),
        ("lemon={broken}", r"broken: expected .*none of 2 can be used \(2 unreadable\).*--counterexamples"),
        (
            "lemon={small}",
            r"none of 1 can be used \(1 too small \(under 32 x 32 px\)\).*larger ones with --count",
        ),
        ("lemon", r"expected CLASS=FOLDER"),
        ("ev\x1b[2J\nil={first}", r'no class is called "ev\\u001b\[2J\\u000ail"'),
    ],
    ids=lambda value: value.split("=")[0] if "=" in value else "",
)
def test_what_cannot_be_used_is_told_before_anything_is_written(
    made: SimpleNamespace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    verb: str,
    given: str,
    message: str,
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    for number in range(2):
        (tmp_path / "broken" / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([number]))
    tiny.photograph(tmp_path / "small" / "0.png", side=16)
    names = {"first": made.first, **{name: tmp_path / name for name in ("empty", "broken", "small")}}
    (tmp_path / "labels.json").write_text(json.dumps(CLASSES))
    words = [made.model, "--classes", str(tmp_path / "labels.json"), *tiny.flags(*QUICK)]
    words += ["--counterexamples", given.format(**names), "--out", str(tmp_path / "run")]
    assert tiny.command(verb, *words) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert re.search(message, line), line
    assert line.isprintable()
    assert not (tmp_path / "run").exists()


def test_a_class_that_is_not_audited_has_none(made: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'"lemon" is not among the classes.*add it to only=, or leave'):
        audited(made.model, tmp_path / "run", only=["banana"], counterexamples={"lemon": made.first})
    with pytest.raises(ImageError, match=r"gone: expected a folder .*check counterexamples="):
        audited(made.model, tmp_path / "run", counterexamples={"lemon": "gone"})
    assert not (tmp_path / "run").exists()


def test_independent_labels_hold_above_zero(made: SimpleNamespace, tmp_path: Path) -> None:
    run = audited(made.model, tmp_path / "run", task="multi-label", counterexamples={EQUAL: made.first})
    network = audit.load(made.model, classes=list(CLASSES), task="multi-label")
    for test in run.results.counterexamples:
        shots = {shot.name: shot for shot in test.examples}
        for name, shot in shots.items():
            if "\\xff" in name:
                continue
            image = prepare(open_upright(made.first / name), network.input).float()[None] / 255
            logits = network.logits(image)[0].detach()
            assert shot.answered == bool(logits[1] > 0)
            assert shot.probability == pytest.approx(float(logits[1].sigmoid()), rel=1e-4)
            expected = 1 if shot.answered else int(logits.argmax()) if logits.max() > 0 else None
            assert (shot.answer.class_index if shot.answer else None) == expected
        assert len(shots) >= 3


def test_a_forecast_and_a_diagnosis_count_them(made: SimpleNamespace, tmp_path: Path) -> None:
    keywords: dict[str, Any] = {
        "set": (*tiny.SETTINGS, *QUICK),
        "classes": list(CLASSES),
        "out": tmp_path / "run",
    }
    given = {EQUAL: made.first, HTML: str(made.second)}
    ahead = audit.plan(made.model, counterexamples=given, **keywords)
    (stage,) = [stage for stage in ahead.stages if stage.name == "counterexamples"]
    (done,) = [stage for stage in made.given.results.run.stages if stage.name == "counterexamples"]
    assert (stage.units, stage.items, stage.of) == (done.units, 2, "classes")
    assert stage.views == pytest.approx(done.views) == pytest.approx(11 / 3)
    assert stage.seconds > 0
    assert "counterexamples" not in [s.name for s in audit.plan(made.model, **keywords).stages]
    found = audit.doctor(made.model, counterexamples=given, **keywords)
    rows = [row for row in found.rows if (row.part, row.what) == ("photographs", "counterexamples")]
    assert [row.value for row in rows] == [
        f'"{EQUAL}": 5 of the object without the part; 3 of the part without the object',
        f'"{HTML}": 3 of the object without the part',
    ]
    assert all(str(made.first.parent) in row.source for row in rows)
    assert "tries 11 counterexamples" in found.run
    assert not (tmp_path / "run").exists()

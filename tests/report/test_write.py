import hashlib
import os

import pytest

from audit.errors import OutputError
from audit.records import Results
from audit.report import write_report

MIB = 2**20


def test_results_json_round_trips(run):
    results, folder = run
    assert Results.model_validate_json((folder / "results.json").read_text(encoding="utf-8")) == results


def test_writing_again_gives_the_same_bytes_and_leaves_nothing_else(run):
    results, folder = run
    names = ("index.html", "results.json", "classes.csv")
    before = [(folder / name).read_bytes() for name in names]
    assert write_report(results, folder) == folder / "index.html"
    assert [(folder / name).read_bytes() for name in names] == before
    assert sorted(os.listdir(folder)) == sorted([*names, "images"])


def test_pictures_are_left_as_they_were(run):
    results, folder = run
    for entry in results.classes:
        for shot in entry.pictures:
            assert hashlib.sha256((folder / shot.file).read_bytes()).hexdigest() == shot.sha256


def test_a_missing_picture_is_an_error_and_replaces_nothing(tmp_path, make_run):
    results = make_run(tmp_path, side=16, restarts=1, unconstrained=0)
    page = write_report(results, tmp_path)
    before = page.read_bytes()
    (tmp_path / results.classes[0].pictures[0].file).unlink()
    with pytest.raises(OutputError, match=r"expected a PNG at 'images/class-0000-natural-0\.png'.*--fresh"):
        write_report(results, tmp_path)
    assert page.read_bytes() == before


def test_a_thousand_classes_fit_the_budget(thousand, read_page):
    html = (thousand[1] / "index.html").read_text(encoding="utf-8")
    assert 10 * MIB <= len(html.encode()) <= 25 * MIB, "over the budget, or pictures poorer than it allows"
    page = read_page(html)
    assert {f"class-{index}" for index in range(1000)} <= set(page.ids), "a link to a class leads nowhere"
    assert len([img for img in page.all("img") if "src" in img.attributes]) < 200, "pictures stand open"
    assert len([id for id in page.ids if id[0] == "i" and id[1:].isdigit()]) > 2500

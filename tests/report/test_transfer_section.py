"""What the page says of the second network."""

import json
import re

import pytest

from audit.records import (
    ClassLabel,
    Diversity,
    Prediction,
    Proportion,
    Transfer,
    TransferAccuracy,
    TransferInfo,
)
from audit.report import write_report
from audit.report.transfer_section import groups

HOSTILE = "<img src=x onerror=alert(3)>"


@pytest.mark.parametrize(
    "parts, words",
    [
        ([[0, 2, 3], [1], [4]], "0, 2 and 3 show one thing, 1 another, 4 another"),
        ([[0, 1], [2, 5]], "0 and 1 show one thing, 2 and 5 another"),
        ([[0], [1], [2]], "all 3 show different things"),
        ([[0, 1, 2]], ""),
        ([], ""),
    ],
)
def test_which_restarts_show_different_things(parts, words):
    assert groups(Diversity(value=0.5, groups=parts)) == words


def judged(results):
    """The run with a transfer model whose only names are hostile; it ranks the class of number i at i + 1."""
    count = len(results.model.classes)
    labels = [ClassLabel(index=i, id=f"{i}", name=f"{HOSTILE}{i}", full="x") for i in range(count)]
    top = [Prediction(class_index=i, logit=3.0 - i, probability=0.5 - i / 10) for i in range(5)]
    share = TransferAccuracy(top1=Proportion.of(1, count), top5=Proportion.of(5, count), probability=0.25)
    classes = []
    for entry in results.classes:
        i = entry.label.index
        answer = Transfer(
            rank=None if i == 11 else i + 1, probability=None if i == 11 else 1 / (i + 2), top=top
        )
        classes.append(
            entry.model_copy(
                update={
                    "transfer": {p.file: answer for p in entry.pictures},
                    "transfer_diversity": Diversity(value=0.25, groups=[[0, 2], [1]]),
                }
            )
        )
    info = TransferInfo(
        model=results.model.model_copy(update={"classes": labels, "name": "second"}),
        classes=[*range(count - 1), None],
        notes=[f"1 of {count} classes is not found among the transfer model's: {HOSTILE}"],
        natural=share,
        unconstrained=None,
        photographs=share.model_copy(update={"top1": Proportion.of(81, 100)}),
    )
    return results.model_copy(update={"classes": classes, "transfer_model": info})


@pytest.fixture(scope="module")
def written(tmp_path_factory, make_run):
    folder = tmp_path_factory.mktemp("judged")
    results = judged(make_run(folder, side=16))
    return results, write_report(results, folder).read_text(encoding="utf-8")


def test_shares_stand_beside_the_photographs_and_missed_classes_in_order(written, read_page):
    results, html = written
    words = read_page(html.split('<section id="transfer"')[1].split("</section>")[0]).visible
    assert "Natural photographs 81.0 % 72–88 %" in words
    assert "Synthesised, natural prior 8.3 %" in words
    assert "Synthesised, unconstrained" not in words
    names = [results.model.classes[i].name for i in (7, 6, 5)]
    missed = words.split("6 of 11 classes")[1]
    assert [missed.index(name) for name in names] == sorted(missed.index(name) for name in names)
    assert results.model.classes[4].name not in missed, "rank 5 counts as recognised"
    assert words.count("0 of 3") == 6
    assert results.transfer_model.notes[0] in words


def test_each_class_has_the_answers_of_its_pictures(written, read_page, unpack):
    _, html = written
    sections = json.loads(unpack(html, "sections-0"))
    words = read_page(sections["2"]).visible
    assert f"transfer model 25.0 %, rank 3, predicted {HOSTILE}0" in words
    assert "In those of the transfer model, 0 and 2 show one thing, 1 another." in words
    assert "0.75 to the transfer model" in words
    assert "transfer model has no such class, predicted" in read_page(sections["11"]).visible


def test_labels_of_the_transfer_model_stay_text(written):
    _, html = written
    assert HOSTILE not in html
    tiles = json.loads(re.search(r'<script type="application/json" id="tiles"[^>]*>([^<]*)<', html)[1])
    assert [tile["transfer_model"] for tile in tiles][:2] == [0.5, 0.33333]
    assert tiles[11]["transfer_model"] is None

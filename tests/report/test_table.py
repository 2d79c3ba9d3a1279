import csv
import io

import pandas as pd
import pytest

from audit.report.table import classes_csv


def test_one_row_per_class_with_the_numbers_of_the_chosen_picture(run):
    results, folder = run
    frame = pd.read_csv(folder / "classes.csv")
    assert list(frame["index"]) == [entry.label.index for entry in results.classes]
    for row, entry in zip(frame.to_dict("records"), results.classes, strict=True):
        shot = next(shot for shot in entry.pictures if shot.chosen and shot.prior == "natural")
        assert row["file"] == shot.file
        assert row["rank"] == shot.rank
        assert row["probability"] == pytest.approx(shot.probability)
        assert row["margin"] == pytest.approx(shot.margin)
        assert row["agreement"] == pytest.approx(entry.agreement)
        assert row["findings"] == sum(entry.label.index in finding.classes for finding in results.findings)
        assert row["contrast"] == pytest.approx(entry.statistics[shot.file]["contrast"].value)
    assert frame["patch-entropy"].isna().all()


def test_no_cell_of_text_is_a_formula(tmp_path, make_run):
    names = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "plain")
    rows = list(csv.DictReader(io.StringIO(classes_csv(make_run(tmp_path, names=(*names, *"wxyz"), side=8)))))
    assert [row["name"] for row in rows][:6] == [*(f"'{name}" for name in names[:5]), "plain"]
    assert not [row for row in rows if row["id"].startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_class_without_picture_has_an_empty_row(tmp_path, make_run):
    results = make_run(tmp_path, side=8, restarts=0, unconstrained=0, only=[0])
    frame = pd.read_csv(io.StringIO(classes_csv(results)))
    assert frame.loc[0, "name"] == "banana"
    assert pd.isna(frame.loc[0, "probability"])


def test_photographs_and_attacks_have_columns_where_there_are_any(run, tmp_path, make_run):
    results, folder = run
    frame = pd.read_csv(folder / "classes.csv").set_index("index")
    attacked = {entry.class_index: entry for entry in results.robustness.classes}
    for entry in results.classes:
        row, photos = frame.loc[entry.label.index], entry.photographs
        assert (row["photographs"], row["correct"]) == (photos.count, photos.correct.k)
        assert row["accuracy"] == pytest.approx(photos.correct.value)
        if entry.label.index not in attacked:
            assert pd.isna(row["flipped"])
            continue
        level = next(item for item in attacked[entry.label.index].flipped_within if item.epsilon == 2)
        assert (row["attacked"], row["flip_epsilon"]) == (level.flipped.n, 2)
        assert row["flipped"] == pytest.approx(level.flipped.value)
        assert row["median_distance"] == pytest.approx(255 * attacked[entry.label.index].median_distance)
    without = pd.read_csv(io.StringIO(classes_csv(make_run(tmp_path, side=8))))
    assert not {"photographs", "flipped"} & set(without.columns)

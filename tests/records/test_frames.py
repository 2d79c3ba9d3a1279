import pandas as pd
import pytest
import tiny

import audit
from audit.image_stats import STATISTICS
from audit.records import Results, frames


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return audit.open(tiny.finished(tmp_path_factory)).results


def test_classes(results: Results) -> None:
    frame = frames.classes(results)
    assert frame.index.name == "class"
    assert list(frame.index) == list(range(6))
    chosen = [p for p in results.classes[3].pictures if p.chosen and p.prior == "natural"]
    assert len(chosen) == 1
    assert frame.loc[3, "picture"] == chosen[0].file
    assert frame.loc[3, "margin"] == chosen[0].margin
    assert frame.loc[3, "agreement"] == results.classes[3].agreement
    assert frame["findings"].sum() == sum(len(set(f.classes)) for f in results.findings) > 0


def test_pictures(results: Results) -> None:
    frame = frames.pictures(results)
    assert frame.index.name == "file"
    assert frame.index.is_unique
    assert len(frame) == 6 * 2 + 4 * 2
    assert frame["prior"].value_counts().to_dict() == {"natural": 12, "none": 8}
    assert frame["class"].value_counts().to_dict() == {0: 4, 1: 4, 3: 4, 4: 4, 2: 2, 5: 2}
    right = frame["answer"] == frame["class"]
    assert right.equals(frame["rank"] == 1)
    assert frame.groupby(["class", "prior"])["chosen"].sum().eq(1).all()


def test_statistics(results: Results) -> None:
    frame = frames.statistics(results)
    assert len(frame) == 20 * len(STATISTICS)
    assert set(frame["statistic"]) == set(STATISTICS)
    assert frame["percentile"].dropna().between(0, 100).all()
    wide = frame.pivot(index="file", columns="statistic", values="value")
    assert wide.loc[results.classes[0].pictures[0].file, "contrast"] == (
        results.classes[0].statistics[results.classes[0].pictures[0].file]["contrast"].value
    )


def test_findings_in_the_order_of_the_results(results: Results) -> None:
    frame = frames.findings(results)
    assert list(frame.index) == [f.fingerprint for f in results.findings]
    assert list(frame["check"]) == [f.check for f in results.findings]
    assert isinstance(frame["classes"].iloc[0], tuple)


def test_a_run_without_findings_has_the_columns_all_the_same(results: Results) -> None:
    full = frames.findings(results)
    empty = frames.findings(results.model_copy(update={"findings": []}))
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)
    assert empty.index.name == full.index.name == "fingerprint"
    assert empty[empty["check"] == "dead-class"].empty


def test_checks(results: Results) -> None:
    frame = frames.checks(results)
    assert list(frame.index) == [c.meta.id for c in results.checks]
    assert frame["findings"].sum() == len(results.findings)
    assert set(frame["outcome"]) <= {
        "flagged",
        "passed",
        "not applicable",
        "not run",
        "inconclusive",
        "error",
    }


def test_frames_can_be_joined(results: Results) -> None:
    joined = frames.pictures(results).join(frames.statistics(results).set_index("file")["value"])
    assert len(joined) == 20 * len(STATISTICS)
    assert isinstance(joined, pd.DataFrame)

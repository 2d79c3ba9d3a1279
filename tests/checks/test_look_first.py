from pathlib import Path

import pytest
import sample_results

from audit.checks import look_first
from audit.records import Results


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sample_results.make(tmp_path_factory.mktemp("run"), photographs=6)


def _with(results, findings, rankings):
    ranked = [
        check.model_copy(update={"ranking": [item for item in check.ranking if item.class_index in places]})
        for check, places in zip(results.checks[1:3], rankings, strict=True)
    ]
    return results.model_copy(update={"findings": findings, "checks": ranked})


def test_severity_goes_before_rankings_and_number_counts(results):
    by_class = {tuple(finding.classes): finding for finding in results.findings}
    pair, single = by_class[(6, 1)], by_class[(2,)]
    order = [item.class_index for item in look_first(_with(results, [single, pair], [{0}, {0}]))]
    assert order == [1, 6, 2, 0]
    three_times, alike = [single, single, single], pair.model_copy(update={"verdict": single.verdict})
    order = [item.class_index for item in look_first(_with(results, [*three_times, alike], [{0}, {0}]))]
    assert order == [2, 1, 6, 0]


def test_no_number_of_slight_findings_outweighs_a_grave_one(results):
    slight, grave = (
        next(finding for finding in results.findings if finding.classes == [2]).model_copy(
            update={"verdict": verdict, "classes": [index]}
        )
        for index, verdict in ((2, "observed"), (4, "verified"))
    )
    order = [item.class_index for item in look_first(_with(results, [slight] * 9 + [grave], [set(), set()]))]
    assert order == [4, 2]


def test_a_refuted_finding_makes_no_class_suspicious(results):
    finding = next(finding for finding in results.findings if finding.classes == [2])
    refuted = finding.model_copy(update={"verdict": "refuted"})
    assert look_first(_with(results, [refuted], [set(), set()])) == []


def test_rankings_break_ties_by_fused_places(results):
    first, second = look_first(_with(results, [], [{4, 5}, {5}]))
    assert (first.class_index, second.class_index) == (5, 4)
    assert first.rank_fusion == 1 / 12 + 1 / 11
    assert second.rank_fusion == 1 / 11
    assert first.places == [("margin-outlier", 1), ("class-overlap", 2)]


def test_only_audited_classes_are_listed_and_no_more_than_asked(tmp_path: Path, results):
    assert len(look_first(results)) == 10
    assert len(look_first(results, 3)) == 3
    part = sample_results.make(tmp_path, side=8, restarts=1, unconstrained=0, only=[1, 4])
    assert {item.class_index for item in look_first(part)} == {1, 4}

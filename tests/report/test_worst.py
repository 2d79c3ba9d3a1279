from audit.report.worst import worst


def _with(results, findings, rankings):
    ranked = [
        check.model_copy(update={"ranking": [item for item in check.ranking if item.class_index in places]})
        for check, places in zip(results.checks[1:3], rankings, strict=True)
    ]
    return results.model_copy(update={"findings": findings, "checks": ranked})


def test_severity_goes_before_rankings_and_number_counts(run):
    results, _ = run
    by_class = {tuple(finding.classes): finding for finding in results.findings}
    pair, single = by_class[(6, 1)], by_class[(2,)]
    order = [item.class_index for item in worst(_with(results, [single, pair], [{0}, {0}]))]
    assert order == [1, 6, 2, 0]
    three_times = [single, single, single]
    order = [item.class_index for item in worst(_with(results, [*three_times, pair], [{0}, {0}]))]
    assert order == [2, 1, 6, 0]


def test_a_refuted_finding_makes_no_class_suspicious(run):
    results, _ = run
    finding = next(finding for finding in results.findings if finding.classes == [2])
    refuted = finding.model_copy(update={"verdict": "refuted"})
    assert worst(_with(results, [refuted], [set(), set()])) == []


def test_rankings_break_ties_by_fused_places(run):
    results, _ = run
    first, second = worst(_with(results, [], [{4, 5}, {5}]))
    assert (first.class_index, second.class_index) == (5, 4)
    assert first.fused == 1 / 12 + 1 / 11
    assert second.fused == 1 / 11
    assert first.places == [("margin-outlier", 1), ("class-overlap", 2)]


def test_only_audited_classes_are_listed_and_no_more_than_asked(tmp_path, make_run, run):
    results, _ = run
    assert len(worst(results)) == 10
    assert len(worst(results, 3)) == 3
    part = make_run(tmp_path, side=8, restarts=1, unconstrained=0, only=[1, 4])
    assert {item.class_index for item in worst(part)} == {1, 4}

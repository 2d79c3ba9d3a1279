import pytest

from audit.checks import class_overlap, effective


def judge(results, **limits):
    return class_overlap.evaluate(results, effective(limits))


def mistaken(planted, k, n):
    """Class 1 is answered as class 5 in k of n restarts."""
    return planted.entry(1, [planted.picture(1, r, says=5 if r < k else None) for r in range(n)])


@pytest.mark.parametrize(
    "k, n, outcome",
    [(0, 9, "passed"), (4, 9, "passed"), (5, 9, "inconclusive"), (7, 9, "inconclusive"), (8, 9, "flagged"),
     (9, 9, "flagged")],
)  # fmt: skip
def test_outcome_follows_the_decision_over_classes(planted, k, n, outcome):
    classes = planted.replaced(planted.ordinary(n), mistaken(planted, k, n))
    assert judge(planted.measured(classes)).outcome == outcome


def test_finding_names_the_pair_with_counts_and_evidence(planted):
    result = judge(planted.measured(planted.replaced(planted.ordinary(), mistaken(planted, 8, 9))))
    (found,) = result.findings
    assert (found.scope, found.classes, found.verdict) == ("pair", [1, 5], "suspected")
    assert (found.agreement.k, found.agreement.n) == (8, 9)
    assert found.effect.value == pytest.approx(8 / 9)
    assert found.effect.interval == pytest.approx((0.5175, 0.9972), abs=1e-4)
    assert {e.artefact for e in found.evidence} >= {"images/natural/1-0.png", "images/natural/5-0.png"}
    assert '"dumbbell"' in found.title
    assert '"teapot"' in found.title


def test_few_restarts_cannot_settle_it_and_say_so(planted):
    result = judge(planted.measured(planted.ordinary(2)))
    assert result.outcome == "inconclusive"
    assert "2 restarts per class are too few to decide (6 can: --set synthesis.restarts=6)" in result.summary
    passed = judge(planted.measured(planted.ordinary(6)))
    assert passed.outcome == "passed"
    assert passed.summary == (
        "No picture of 8 classes was classified as another class (limit: half of the restarts). "
        "No class can lie beyond the limit (95% confidence)."
    )


def test_one_restart(planted):
    result = judge(planted.measured(planted.replaced(planted.ordinary(1), mistaken(planted, 1, 1))))
    assert result.outcome == "inconclusive"
    assert [f.verdict for f in result.findings] == ["observed"]


def test_nearest_margin_ranks_first_and_names_the_rival(planted):
    near = planted.entry(6, [planted.picture(6, r, margin=0.1) for r in range(9)])
    result = judge(planted.measured(planted.replaced(planted.ordinary(), near)))
    assert result.outcome == "passed"
    assert (result.ranking[0].class_index, result.ranking[0].value) == (6, pytest.approx(0.1))
    assert '"zebra" in 9 of 9' in result.ranking[0].note


def test_limit_is_the_policys(planted):
    classes = planted.replaced(planted.ordinary(), mistaken(planted, 5, 9))
    assert judge(planted.measured(classes), overlap_share=0.2).outcome == "flagged"


def test_a_rival_outside_the_audited_classes_is_named(planted):
    result = judge(planted.measured([mistaken(planted, 9, 9)]))
    assert result.findings[0].classes == [1, 5]


def test_no_pictures(planted):
    assert judge(planted.measured([planted.entry(0, [])])).outcome == "not run"
    some = planted.replaced(planted.ordinary(), planted.entry(3, []))
    assert judge(planted.measured(some)).outcome == "inconclusive"


def many(planted, mistakes, classes=1000, n=6):
    """Classes without a mistake, but for the first: these are answered as the last in so many restarts."""
    names = [f"class {i}" for i in range(classes)]
    found = []
    for i, name in enumerate(names):
        k = mistakes[i] if i < len(mistakes) else 0
        drawn = [planted.picture(i, r, says=classes - 1 if r < k else i, rank=1 + (r < k)) for r in range(n)]
        found.append(planted.entry(i, drawn, name=name))
    return planted.measured(found, names)


def test_a_thousand_honest_classes_pass_although_one_in_twenty_restarts_errs(planted):
    result = judge(many(planted, [2] * 31 + [1] * 238))
    assert result.outcome == "passed"
    assert (
        "269 of 1,000 classes classified as another class in at least one restart, 0 in more than half"
        in result.summary
    )
    assert "At most 4 classes can lie beyond the limit (95% confidence)" in result.summary
    assert {f.verdict for f in result.findings} == {"observed"}


def test_one_bad_class_of_a_thousand_is_flagged_alone(planted):
    result = judge(many(planted, [1, 6, 2, 1]))
    assert result.outcome == "flagged"
    assert [f.classes for f in result.findings if f.verdict == "suspected"] == [[1, 999]]
    first = result.findings[0]
    assert (first.p.raw, first.p.adjusted) == (pytest.approx(1 / 22), pytest.approx(1 / 22))
    assert "any of 1,000 classes is named wrongly is at most 5%" in result.summary


def test_a_class_above_the_limit_that_chance_may_explain_never_passes_and_is_named(planted):
    result = judge(many(planted, [5]))
    assert result.outcome == "inconclusive"
    assert [(f.classes, f.verdict) for f in result.findings] == [([0, 999], "observed")]
    assert "12 restarts can tell: --set synthesis.restarts=12" in result.summary


def test_classes_that_only_together_are_beyond_chance_are_all_suspected(planted):
    result = judge(many(planted, [6, 6, 6, 6, 6, 5, 5, 5, 5, 4, 1]))
    assert result.outcome == "flagged"
    suspected = [f for f in result.findings if f.verdict == "suspected"]
    assert sorted(f.classes[0] for f in suspected) == list(range(10))
    assert "which of them it is stays open" in result.summary
    assert all("this may be one of them" in f.detail for f in suspected)


def test_mistakes_spread_over_several_classes_count_together(planted):
    drawn = [planted.picture(1, r, says=5 if r < 5 else 6) for r in range(9)]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(1, drawn))))
    assert result.outcome == "flagged"
    assert [(f.classes, f.verdict) for f in result.findings] == [([1, 5], "suspected"), ([1, 6], "observed")]
    assert "Classified as any other class in 9 of 9" in result.findings[0].detail


def test_a_tenth_of_the_classes_may_lie_beyond_and_no_more(planted):
    result = judge(many(planted, [3] * 25, classes=100))
    assert result.outcome == "inconclusive"
    assert "may lie beyond the limit" in result.summary
    assert "synthesis.restarts=12" in result.summary


def test_an_independent_label_beside_a_stronger_sister_is_no_mistake(planted):
    sister = planted.entry(1, [planted.picture(1, r, says=5, probability=0.99) for r in range(9)])
    classes = planted.replaced(planted.ordinary(), sister)
    result = judge(planted.measured(classes, task="multi-label"))
    assert (result.outcome, result.findings) == ("passed", [])
    assert judge(planted.measured(classes)).outcome == "flagged"
    assert result.ranking[0].value > 0  # the own logit, not how far the sister leads


def test_an_independent_label_that_is_off_while_another_holds_is_a_mistake(planted):
    off = planted.replaced(planted.ordinary(), mistaken(planted, 9, 9))
    result = judge(planted.measured(off, task="multi-label"))
    assert [f.classes for f in result.findings] == [[1, 5]]
    assert result.outcome == "flagged"
    # Where nothing holds, it is taken for nothing.
    weak = [
        p.model_copy(update={"top": [t.model_copy(update={"probability": 0.4}) for t in p.top]})
        for p in mistaken(planted, 9, 9).pictures
    ]
    none = planted.replaced(planted.ordinary(), planted.entry(1, weak))
    assert judge(planted.measured(none, task="multi-label")).findings == []

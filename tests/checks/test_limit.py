"""The decision over classes against enumeration of all outcomes, and hand-computed corrections."""

import itertools

import pytest
from scipy.stats import binom, binomtest

from audit.checks._limit import LEVEL, _each, conditional_p, decide, most_beyond, restarts_needed, tolerated
from audit.checks._paired import holm


def clean(classes, n=6):
    return [(0, n)] * classes


def chance(outcome, truth, n):
    """Exact probability that `outcome(decision)` holds for classes with these true shares."""
    total = 0.0
    for ks in itertools.product(range(n + 1), repeat=len(truth)):
        if outcome(decide([(k, n) for k in ks], 0.5)):
            p = 1.0
            for k, share in zip(ks, truth, strict=True):
                p *= binom.pmf(k, n, share)
            total += p
    return total


@pytest.mark.parametrize(
    "k, n, expected",
    [(6, 6, 1 / 22), (5, 6, 7 / 22), (4, 6, 1), (3, 6, 1), (0, 6, 1), (9, 9, 1 / 256), (1, 1, 1)],
)
def test_conditional_p_by_hand(k, n, expected):
    assert conditional_p(k, n, 0.5) == pytest.approx(expected)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5])
@pytest.mark.parametrize("n, limit", [(6, 0.5), (9, 0.5), (20, 0.5), (12, 0.7)])
def test_given_a_share_above_the_limit_p_is_not_too_small_for_any_share_within(share, n, limit):
    above = [k for k in range(n + 1) if k > limit * n]
    given = binom.pmf(above, n, share).sum()
    for level in (0.01, 0.05, 0.3):
        reached = sum(binom.pmf(k, n, share) for k in above if conditional_p(k, n, limit) <= level)
        assert reached / given <= level + 1e-12


@pytest.mark.parametrize(
    "truth", [(0.5,), (0.5, 0.5), (0.5, 0.0), (0.5, 0.4, 0.3), (0.5, 0.5, 0.5), (0.2, 0.1, 0.5)]
)
@pytest.mark.parametrize("n", [1, 6, 9])
def test_a_network_within_the_limit_is_flagged_in_at_most_five_percent(truth, n):
    assert chance(lambda d: d.outcome == "flagged", truth, n) <= LEVEL


@pytest.mark.parametrize("truth", [(1.0, 0.5), (1.0, 0.9, 0.5), (0.7, 0.5, 0.5), (1.0, 1.0, 0.5)])
def test_a_class_within_the_limit_is_named_beside_bad_ones_in_at_most_five_percent(truth):
    within = [i for i, share in enumerate(truth) if share <= 0.5]
    assert chance(lambda d: d.named and not set(within).isdisjoint(d.suspected), truth, 6) <= LEVEL


@pytest.mark.parametrize("truth", [(0.51,), (0.51, 0.0), (0.51, 0.51), (0.51, 0.51, 0.1), (0.9, 0.51, 0.51)])
def test_the_bound_on_classes_beyond_the_limit_holds_in_95_percent(truth):
    beyond = sum(share > 0.5 for share in truth)
    assert chance(lambda d: d.at_most < beyond, truth, 6) <= LEVEL


@pytest.mark.parametrize(
    "truth, most", [((0.9,), 0.01), ((0.9, 0.05), 0.02), ((1.0, 0.05), 0), ((0.9, 0.9, 0.0), 0.001)]
)
def test_a_bad_class_hardly_ever_passes(truth, most):
    assert chance(lambda d: d.outcome == "passed", truth, 6) <= most


@pytest.mark.parametrize("n", [6, 7, 9])
@pytest.mark.parametrize("above", [(0,), (0, 1), (2, 0, 0), (2, 2, 1, 0), (1, 1, 1, 1), (2, 2, 0, 0, 0)])
def test_closed_testing_is_that_of_all_subsets(n, above):
    """By enumeration of every set of classes and every outcome of each set."""
    first = n // 2 + 1
    ks = [n - a for a in above]
    each = {k: binom.pmf(k, n, 0.5) / binom.sf(first - 1, n, 0.5) for k in range(first, n + 1)}

    def p_of(members):
        total = sum(ks[i] for i in members)
        by_sum = 0.0
        for outcome in itertools.product(each, repeat=len(members)):
            if sum(outcome) >= total:
                p = 1.0
                for k in outcome:
                    p *= each[k]
                by_sum += p
        worst = min(conditional_p(ks[i], n, 0.5) for i in members)
        if len(members) == 1:
            return worst
        if len(members) * conditional_p(n, n, 0.5) > LEVEL / 2:
            return by_sum
        return min(1.0, 2 * min(by_sum, len(members) * worst))

    sets = [s for size in range(1, len(ks) + 1) for s in itertools.combinations(range(len(ks)), size)]
    expected = [max(p_of(s) for s in sets if i in s) for i in range(len(ks))]
    assert _each([(k, n) for k in ks], 0.5) == pytest.approx(expected)


def test_different_restarts_are_corrected_by_holm():
    """Of 9/9 (1/256), 12/12 (1/4096 of 1586/4096) and 4/6 (1): the smallest thrice, the next twice."""
    tested = [(9, 9), (12, 12), (4, 6)]
    assert _each(tested, 0.5) == pytest.approx([2 / 256, 3 / 1586, 1.0])
    assert holm([1 / 256, 1 / 1586, 1.0]) == pytest.approx([2 / 256, 3 / 1586, 1.0])
    found = decide([*tested, (0, 6)], 0.5)
    assert (found.outcome, found.suspected, found.named) == ("flagged", [0, 1], True)


def test_the_bound_is_the_largest_set_that_could_have_made_so_few_mistakes():
    counts = [(3, 6), (2, 6), (1, 6), (1, 6), (0, 6), (0, 6)]
    # 3 of 6: .656; 5 of 12: .387; 6 of 18: .119; 7 of 24: .032.
    chances = [binomtest(k, n, 0.5, alternative="less").pvalue for k, n in ((6, 18), (7, 24))]
    assert chances[0] > LEVEL > chances[1]
    assert most_beyond(counts, 0.5) == 3
    assert most_beyond(list(reversed(counts)), 0.5) == 3


def test_the_bound_with_different_restarts_is_not_below_that_of_any_set():
    counts = [(3, 6), (4, 12), (1, 9), (0, 6), (2, 20)]
    possible = 0
    for size in range(1, len(counts) + 1):
        for members in itertools.combinations(counts, size):
            k, n = (sum(column) for column in zip(*members, strict=True))
            if binom.cdf(k, n, 0.5) > LEVEL:
                possible = size
    assert most_beyond(counts, 0.5) >= possible


@pytest.mark.parametrize("classes", [1, 2, 10, 1000, 10_000])
def test_one_bad_class_of_any_number_is_named_with_six_restarts(classes):
    found = decide([*clean(classes - 1), (6, 6)], 0.5)
    assert (found.outcome, found.suspected, found.named) == ("flagged", [classes - 1], True)
    assert found.p == pytest.approx(1 / 22)


def test_five_of_six_leaves_it_open_and_the_class_is_known():
    found = decide([*clean(9), (5, 6)], 0.5)
    assert (found.outcome, found.above, found.suspected) == ("inconclusive", [9], [])


@pytest.mark.parametrize(
    "ks, outcome",
    [((0,), "passed"), ((1,), "inconclusive"), ((4,), "inconclusive"), ((6,), "flagged"),
     ((0, 0), "passed"), ((1, 0), "passed"), ((2, 0), "passed"), ((3, 0), "inconclusive"),
     ((1, 1), "passed"), ((6, 6), "flagged")],
)  # fmt: skip
def test_one_and_two_classes(ks, outcome):
    assert decide([(k, 6) for k in ks], 0.5).outcome == outcome


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("classes", [1, 2, 1000])
def test_one_restart_decides_nothing(k, classes):
    found = decide([(k, 1)] * classes, 0.5)
    assert (found.outcome, found.could_flag) == ("inconclusive", False)


def test_an_honest_network_of_a_thousand_classes_passes_and_says_how_many_may_be_bad():
    """5 % mistakes in 6 restarts: as many classes with each number of mistakes as are expected."""
    counts = [(2, 6)] * 31 + [(1, 6)] * 232 + [(3, 6)] * 2 + [(0, 6)] * 735
    found = decide(counts, 0.5)
    assert found.outcome == "passed"
    assert 0 < found.at_most < 10


def test_several_bad_classes_that_no_test_tells_from_each_other_flag_together():
    """Ten at .9: not one is certain by itself, and none goes unsaid."""
    ks = [6, 6, 6, 6, 6, 5, 5, 5, 5, 4]
    found = decide([*clean(990), *((k, 6) for k in ks)], 0.5)
    assert (found.outcome, found.named) == ("flagged", False)
    assert found.suspected == list(range(990, 1000))
    assert found.p < 1e-5 < LEVEL < min(found.adjusted.values())


def test_one_class_that_is_always_mistaken_shows_among_middling_ones():
    found = decide([(20, 20), *[(11, 20)] * 17, *[(4, 20)] * 982], 0.5)
    assert (found.outcome, found.suspected, found.named) == ("flagged", [0], True)


def test_what_chance_gives_at_the_limit_flags_nothing():
    counts = [(k, 6) for k in range(7) for _ in range(round(1000 * binom.pmf(k, 6, 0.5)))]
    found = decide(counts, 0.5)
    assert sum(k == 6 for k, _ in counts) == 16
    assert (found.outcome, len(found.above)) == ("inconclusive", 344)


def test_limits_at_the_ends():
    assert decide([(0, 6)] * 5, 0.0).outcome == "inconclusive"
    assert decide([(0, 6)] * 4 + [(1, 6)], 0.0).suspected == [4]
    assert decide([(6, 6)] * 5, 1.0).outcome == "passed"


def test_how_many_restarts_it_takes():
    assert restarts_needed(0.5) == 6
    assert conditional_p(5, 5, 0.5) > LEVEL
    assert restarts_needed(0.5, among=2) == 8
    assert restarts_needed(0.5, share=5 / 6, over=6) == 12
    assert restarts_needed(0.5, share=0.5) is None
    assert restarts_needed(1.0) is None


def test_a_quarter_of_the_classes_is_too_many_to_pass():
    assert [tolerated(k) for k in (1, 2, 3, 10, 100, 1000)] == [0, 1, 2, 2, 10, 100]
    assert decide([(3, 6)] * 25 + clean(75), 0.5).outcome == "inconclusive"

import pytest
from scipy.stats import binomtest

from audit.records.estimates import sign_test


@pytest.mark.parametrize("gained, lost", [(1, 0), (0, 4), (7, 2), (5, 5), (40, 3), (300, 250)])
def test_equals_the_exact_binomial_test(gained: int, lost: int) -> None:
    exact = binomtest(gained, gained + lost, alternative="greater").pvalue
    assert sign_test(gained, lost) == pytest.approx(exact, rel=1e-9)


def test_no_difference_is_no_evidence() -> None:
    assert sign_test(0, 0) == 1

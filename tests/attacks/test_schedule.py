import pytest

from audit.attacks.pgd import is_smooth, share


@pytest.mark.parametrize("steps", [1, 2, 3, 12, 20])
def test_two_halves_each_from_long_to_short(steps: int) -> None:
    smooth = [is_smooth(i, steps) for i in range(steps)]
    assert smooth == sorted(smooth, reverse=True)
    assert sum(smooth) == steps // 2
    for half in (True, False):
        lengths = [share(i, steps) for i in range(steps) if smooth[i] == half]
        assert lengths == sorted(lengths, reverse=True)
        assert not lengths or lengths[0] == pytest.approx(1.02)

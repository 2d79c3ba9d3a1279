import pytest

from audit.stages.stage import chunks


@pytest.mark.parametrize("count, size", [(7, 3), (6, 3), (1, 5), (0, 3), (4, 1), (3, 0)])
def test_chunks_are_consecutive_and_lose_nothing(count: int, size: int) -> None:
    classes = list(range(10, 10 + count))
    found = chunks(classes, size)
    assert [c for chunk in found for c in chunk] == classes
    assert all(len(chunk) == max(1, size) for chunk in found[:-1])
    assert all(0 < len(chunk) <= max(1, size) for chunk in found)

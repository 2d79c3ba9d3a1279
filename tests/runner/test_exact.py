from collections.abc import Iterator

import pytest
import torch

from audit.runner.exact import exact

CUDNN, MATMUL = torch.backends.cudnn, torch.backends.cuda.matmul


def settings() -> tuple[bool, ...]:
    return CUDNN.allow_tf32, CUDNN.deterministic, CUDNN.benchmark, MATMUL.allow_tf32


@pytest.fixture(autouse=True)
def others() -> Iterator[None]:
    """A caller that wants speed."""
    before = settings()
    CUDNN.benchmark, MATMUL.allow_tf32 = True, True
    yield
    CUDNN.allow_tf32, CUDNN.deterministic, CUDNN.benchmark, MATMUL.allow_tf32 = before


def test_the_callers_settings_come_back() -> None:
    before = settings()
    with exact():
        assert settings() == (False, True, False, False)
    assert settings() == before
    with pytest.raises(ZeroDivisionError), exact():
        raise ZeroDivisionError
    assert settings() == before

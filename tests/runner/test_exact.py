import pytest
import torch

from audit.runner.exact import exact


def settings() -> tuple[bool, ...]:
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    return cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark, matmul.allow_tf32


def test_the_callers_settings_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", True)
    before = settings()
    with pytest.raises(ZeroDivisionError), exact():
        assert settings() == (False, True, False, False)
        raise ZeroDivisionError
    assert settings() == before

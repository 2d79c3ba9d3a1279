from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from audit.classifier.probabilities import refuse_probabilities
from audit.errors import ModelError


def made(last: Callable[[Tensor], Tensor], outputs: int = 5, scale: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(4, 6, generator=generator).requires_grad_()
    return last(scale * (x @ torch.randn(6, outputs, generator=generator)))


@pytest.mark.parametrize("task", ["single-label", "multi-label"])
@pytest.mark.parametrize(
    "last, message",
    [
        (lambda x: x.softmax(1), "every row sums to 1"),
        (lambda x: (1000 * x).softmax(1), "every row sums to 1"),
        (torch.sigmoid, "all lie between 0 and 1"),
        (lambda x: torch.sigmoid(x).clamp(1e-6, 1), "all lie between 0 and 1"),
        (F.hardsigmoid, "all lie between 0 and 1"),
        (F.logsigmoid, "log-sigmoid"),
    ],
)
def test_probabilities_are_refused(last: Callable[[Tensor], Tensor], message: str, task: str) -> None:
    with pytest.raises(ModelError, match=f"{message}.*return the layer before"):
        refuse_probabilities(made(last), task)  # pyright: ignore[reportArgumentType]


def test_one_sigmoid_output_and_sigmoids_written_by_hand() -> None:
    with pytest.raises(ModelError, match="all lie between 0 and 1"):
        refuse_probabilities(made(torch.sigmoid, outputs=1), "single-label")
    by_hand = made(lambda x: 1 / (1 + (-x).exp()), outputs=9)
    with pytest.raises(ModelError, match="all lie between 0 and 1"):
        refuse_probabilities(by_hand, "multi-label")


def test_log_softmax_keeps_its_softmax_but_not_its_independence() -> None:
    (warning,) = refuse_probabilities(made(lambda x: x.log_softmax(1)), "single-label")
    assert "log-probabilities" in warning
    with pytest.raises(ModelError, match="log-softmax"):
        refuse_probabilities(made(lambda x: x.log_softmax(1)), "multi-label")


def test_logits_pass_even_when_they_look_alike() -> None:
    assert refuse_probabilities(made(lambda x: x), "single-label") == []
    assert refuse_probabilities(made(F.relu, scale=0.01), "multi-label") == []
    assert refuse_probabilities(made(lambda x: x * torch.sigmoid(x)), "multi-label") == []
    # Two small positive logits of an untrained network: only a warning.
    (warning,) = refuse_probabilities(made(lambda x: x * 0.001 + 0.4, outputs=2), "multi-label")
    assert "if they are probabilities" in warning

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


def two(last: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    return made(lambda x: last(x, x.flip(0) * 1.5 + 1))


NO_BOUND = "with no bound and no constant added"


@pytest.mark.parametrize(
    "outputs, message",
    [
        (made(lambda x: x.softmax(1) * 100), r"every row sums to 100\)"),
        (made(lambda x: x.exp() / x.exp().sum(1, keepdim=True) * 100), r"every row sums to 100\)"),
        (made(lambda x: x.softmax(1) * 2 - 1), r"softmax, then mul, sub\).*layer before the last"),
        (made(lambda x: x.softmax(1) ** 0.5), r"softmax, then pow\).*layer before the last"),
        (made(lambda x: x.softmax(1).clamp(1e-3).log10()), f"clamp, log10.*log_softmax, {NO_BOUND}"),
        (made(lambda x: (x.softmax(1) + 1e-6).log()), f"add, log.*log_softmax, {NO_BOUND}"),
        (made(lambda x: x.softmax(1).log2()), f"softmax, then log2.*log_softmax, {NO_BOUND}"),
        (made(lambda x: x.log_softmax(1).clamp(-7)), f"with a bound.*log_softmax, {NO_BOUND}"),
        (made(lambda x: torch.sigmoid(x) * 100), r"sigmoid, then mul\).*layer before the last"),
        (two(lambda a, b: (a.softmax(1) + b.softmax(1)) / 2), "sums to 1.*natural logarithm of the mean"),
        (two(lambda a, b: a.softmax(1) + b.softmax(1)), "sums to 2.*natural logarithm of the mean"),
        (two(lambda a, b: torch.stack([a, b]).softmax(2).mean(0)), "natural logarithm of the mean"),
        (two(lambda a, b: ((a.softmax(1) + b.softmax(1)) / 2 + 1e-7).log()), f"of the mean.*{NO_BOUND}"),
    ],
)
def test_a_hidden_softmax_is_refused_with_a_fix_that_fits(outputs: Tensor, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        refuse_probabilities(outputs, "single-label")


@pytest.mark.parametrize(
    "outputs",
    [
        made(lambda x: x.log_softmax(1)),
        made(lambda x: x.softmax(1).log()),
        two(lambda a, b: torch.log((a.softmax(1) + b.softmax(1)) / 2)),
        two(lambda a, b: torch.stack([a, b]).softmax(2).mean(0).log()),
    ],
)
def test_every_fix_is_accepted(outputs: Tensor) -> None:
    (warning,) = refuse_probabilities(outputs, "single-label")
    assert "log-probabilities" in warning


@pytest.mark.parametrize(
    "outputs",
    [
        # A gate over as many experts as classes: the logits go past it.
        two(lambda a, b: a.softmax(1) * b),
        two(lambda a, b: a.softmax(1)[:, :1] * a + a.softmax(1)[:, 1:2] * b),
        two(lambda a, b: torch.stack([a.log_softmax(1), b.log_softmax(1)]).logsumexp(0)),
        made(lambda x: x.log_softmax(1) * 2),
        made(lambda x: x - x.mean(1, keepdim=True)),
        made(lambda x: x - x.mean(1, keepdim=True), outputs=2),
        made(lambda x: F.normalize(x) * 16),
        made(lambda x: x.clamp(-50, 50)),
        made(F.relu),
        made(lambda x: x * 1e-6 + 3),
        made(lambda x: x.softmax(0) @ torch.eye(5) * 7 - 3),
        made(torch.tanh, scale=0.1),
    ],
)
def test_no_false_alarm(outputs: Tensor) -> None:
    assert refuse_probabilities(outputs, "single-label") == []

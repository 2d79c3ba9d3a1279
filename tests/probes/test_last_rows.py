"""The rows of a head that was made by hand."""

import torch
from torch import nn

import audit
from audit.probes.last_rows import last_rows


class Headed(nn.Module):
    """Eight means of the picture's columns, rectified or not, and a linear head."""

    def __init__(self, weight: torch.Tensor, signed: bool = False) -> None:
        super().__init__()
        self.signed = signed
        self.fc = nn.Linear(8, len(weight))
        with torch.no_grad():
            self.fc.weight.copy_(weight)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        columns = images.mean((1, 2)).unflatten(1, (8, -1)).mean(2)
        return self.fc(columns if self.signed else columns.relu())


def loaded(module: nn.Module, k: int) -> audit.Classifier:
    classes = [f"c{i}" for i in range(k)]
    return audit.load(module, classes=classes, input_size=32, mean=(0.5,) * 3, std=(0.5,) * 3)


def test_a_lifted_row_is_first() -> None:
    weight = torch.randn(6, 8, generator=torch.Generator().manual_seed(0)) * 0.3
    weight[4] += 1.0
    rows = last_rows(loaded(Headed(weight), 6), torch.rand(4, 3, 32, 32))
    assert rows is not None
    assert rows.mean.argmax() == rows.positive.argmax() == 4
    centred = weight.double() - weight.double().mean(0)
    assert abs(rows.mean[2] - float(centred[2].mean() / centred.std(correction=0))) < 1e-6


def test_says_nothing_of_signed_features_or_equal_rows() -> None:
    weight = torch.randn(6, 8, generator=torch.Generator().manual_seed(0))
    dark = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    assert last_rows(loaded(Headed(weight, signed=True), 6), dark) is None
    equal = torch.randn(1, 8, generator=torch.Generator().manual_seed(2)).expand(6, 8) * 1.0
    module = Headed(equal)
    with torch.no_grad():
        module.fc.bias.copy_(torch.arange(6.0))
    assert last_rows(loaded(module, 6), dark) is None

"""Objectives against numpy."""

import math

import numpy as np
import pytest
import torch

from audit.classifier.margins import margin, mix, own_logit, probabilities


def test_margin_and_own_logit_are_what_numpy_says():
    logits = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([0, 1, 2, 3, 4, 0])
    table = logits.numpy()
    for i, c in enumerate(classes.tolist()):
        others = np.delete(table[i], c).max()
        assert float(own_logit(logits, classes)[i]) == table[i, c]
        np.testing.assert_allclose(float(margin(logits, classes)[i]), table[i, c] - others, rtol=1e-6)
        expected = table[i, c] - 0.5 * np.log(np.exp(np.delete(table[i], c)).sum())
        np.testing.assert_allclose(float(mix(logits, classes)[i]), expected, rtol=1e-5)


def test_probabilities_add_up_unless_several_labels_may_hold() -> None:
    logits = torch.tensor([[0.0, 1.0, -2.0], [3.0, 3.0, 3.0]])
    assert probabilities(logits, "single-label").sum(1).tolist() == pytest.approx([1, 1])
    assert probabilities(logits, "single-label")[1].tolist() == pytest.approx([1 / 3] * 3)
    assert probabilities(logits[0], "multi-label").tolist() == pytest.approx(
        [1 / (1 + math.exp(-z)) for z in (0.0, 1.0, -2.0)]
    )

"""Objectives against numpy."""

import numpy as np
import torch

from audit.classifier.margins import margin, own_logit


def test_margin_and_own_logit_are_what_numpy_says():
    logits = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([0, 1, 2, 3, 4, 0])
    table = logits.numpy()
    for i, c in enumerate(classes.tolist()):
        others = np.delete(table[i], c).max()
        assert float(own_logit(logits, classes)[i]) == table[i, c]
        np.testing.assert_allclose(float(margin(logits, classes)[i]), table[i, c] - others, rtol=1e-6)

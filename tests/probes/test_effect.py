"""The measurement of an effect, against plain loops."""

import numpy as np
import pytest
import torch
from torch import Tensor

from audit.probes.effect import Effect, in_one_pass, measure


def by_loops(before: Tensor, after: Tensor, labels: Tensor | None) -> dict[str, list[float]]:
    n, k = before.shape
    answered, answer = before.argmax(1).tolist(), after.argmax(1).tolist()
    given = [-1] * n if labels is None else labels.tolist()
    label = [b if y < 0 else y for y, b in zip(given, answered, strict=True)]
    spread = torch.cat([row - row.mean() for row in before.double()]).std(unbiased=False).item()
    raw, found = [], {name: [] for name in ("turned", "others", "lost", "own", "to")}
    for c in range(k):
        outside = [i for i in range(n) if label[i] != c and answered[i] != c]
        own = [i for i in range(n) if label[i] == c and answered[i] == c]
        gone = [answer[i] for i in own if answer[i] != c]
        raw.append(sum((after[i, c] - before[i, c]).item() for i in outside) / len(outside))
        found["turned"].append(sum(answer[i] == c for i in outside))
        found["others"].append(len(outside))
        found["own"].append(len(own))
        found["lost"].append(len(gone))
        found["to"].append(max(sorted(set(gone)), key=gone.count, default=-1))
    found["shift"] = [(value - sum(raw) / k) / spread for value in raw]
    return found


@pytest.mark.parametrize("labelled", ["all", "some", "none"])
def test_measure_equals_plain_loops(labelled: str) -> None:
    random = torch.Generator().manual_seed(3)
    before = torch.randn(90, 7, generator=random) * 3 + 5
    after = before + torch.randn(90, 7, generator=random) * 3
    labels = torch.randint(7, (90,), generator=random)
    if labelled == "some":
        labels[::3] = -1
    given = None if labelled == "none" else labels
    effect, expected = measure(before, after, given, "name", "cast"), by_loops(before, after, given)
    assert (effect.change, effect.family, effect.control_of) == ("name", "cast", None)
    for name in ("turned", "others", "lost", "own", "to"):
        assert getattr(effect, name).tolist() == expected[name]
    np.testing.assert_allclose(effect.shift, expected["shift"], rtol=1e-4, atol=1e-5)
    known = labels >= 0
    right = [(logits.argmax(1) == labels)[known].float().mean().item() for logits in (before, after)]
    assert effect.accuracy == pytest.approx(right if given is not None else [np.nan] * 2, nan_ok=True)


def raised(by: float, scale: float = 1.0) -> Effect:
    """One class of a thousand is raised on all photographs."""
    before = torch.randn(40, 1000, generator=torch.Generator().manual_seed(1)) * scale
    after = before.clone()
    after[:, 777] += by * scale
    return measure(before, after, None)


def test_a_raised_class_is_measured_in_deviations_of_the_logits() -> None:
    assert raised(2.0).shift.argmax() == 777
    assert raised(2.0).shift[777] == pytest.approx(2.0, rel=0.02)
    np.testing.assert_allclose(raised(2.0).shift, raised(2.0, scale=50).shift, rtol=1e-3, atol=1e-4)
    turned = raised(100.0)
    assert turned.turned[777] == turned.others[777] == 40
    assert turned.lost.sum() == turned.own.sum() == 40
    assert set(turned.to[turned.own > 0].tolist()) == {777}


def test_a_class_without_other_photographs_has_no_shift() -> None:
    before, after = torch.tensor([[2.0, 0.0], [1.0, 0.0]]), torch.tensor([[2.0, 1.0], [1.0, 1.0]])
    effect = measure(before, after, torch.tensor([0, 0]))
    assert effect.others.tolist() == [0, 2]
    assert effect.shift.tolist() == [0.0, 0.0]
    assert np.isfinite(effect.shift).all()


@pytest.mark.parametrize(
    "side, batch, together", [(32, 64, 64), (32, 2000, 784), (224, 64, 16), (2000, 64, 1)]
)
def test_a_pass_holds_so_many_pixels_at_most(side, batch, together) -> None:
    assert in_one_pass(batch, torch.empty(1, 3, side, side, device="meta")) == together

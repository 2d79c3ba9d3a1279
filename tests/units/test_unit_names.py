from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from audit.classifier import Classifier, load
from audit.classifier.layers import activations, layer_info
from audit.errors import ConfigError, ModelError
from audit.units.unit_names import UnitObjective, parse, scores

IMAGES = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4)
        )
    return load(net, input_size=16, mean=0.5, std=0.25)


def test_names_of_units(classifier: Classifier) -> None:
    units = parse(classifier, ["1", "1:2", "0:1-3", "1:2@4,5", "4:3"])
    assert [unit.name for unit in units] == ["1", "1:2", "0:1", "0:2", "0:3", "1:2@4,5", "4:3"]
    assert units[5].position == (4, 5)


def test_scores_by_hand(classifier: Classifier, tmp_path: Path) -> None:
    vector = np.array([3.0, 0, 0, -4.0, 0, 0])
    np.save(tmp_path / "v.npy", vector)
    units = parse(classifier, ["1", "1:2", "1:2@4,5", f"1:{tmp_path / 'v.npy'}", "4:3"])
    maps = activations(classifier, IMAGES, layer_info(classifier, "1"))
    expected = torch.stack(
        [
            maps.square().mean((1, 2, 3)),
            maps[:, 2].mean((1, 2)),
            maps[:, 2, 4, 5],
            (0.6 * maps[:, 0] - 0.8 * maps[:, 3]).mean((1, 2)),
            classifier.logits(IMAGES)[:, 3],
        ],
        dim=1,
    )
    torch.testing.assert_close(scores(classifier, units, IMAGES), expected)
    # Each picture has a target of its own, in whichever layer.
    targets = torch.tensor([4, 0, 2])
    picked = expected.gather(1, targets[:, None])[:, 0]
    torch.testing.assert_close(UnitObjective(classifier, units)(IMAGES, targets), picked)


def test_a_neuron_keeps_its_place_in_a_smaller_view(classifier: Classifier) -> None:
    (unit,) = parse(classifier, ["1:0@12,3"])
    small = torch.zeros(6, 8, 8)
    small[0, 6, 1] = 1
    assert unit.score(small) == 1


def test_gradient_reaches_the_views(classifier: Classifier) -> None:
    units = parse(classifier, ["1:0", "0:1@0,0"])
    views = IMAGES[:2].clone().requires_grad_()
    score = UnitObjective(classifier, units)(views, torch.tensor([0, 1]))
    (gradient,) = torch.autograd.grad(score.sum(), views)
    assert (gradient[0] != 0).sum() > 600
    # The second looks at a corner: nothing beyond its 3 x 3 filter matters.
    assert gradient[1, :, :2, :2].abs().min() > 0
    assert gradient[1, :, 2:].abs().max() == gradient[1, :, :, 2:].abs().max() == 0


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("10", ModelError, "no layer '10' gives a tensor.*audit layers MODEL"),
        ("0:6", ConfigError, "a channel from 0 to 5.*--unit 0:0-5"),
        ("0:4-6", ConfigError, "a channel from 0 to 5"),
        ("0:3-2", ConfigError, "a channel from 0 to 5"),
        ("0:", ConfigError, "expected LAYER, LAYER:CHANNEL"),
        ("0:x", ConfigError, "expected LAYER, LAYER:CHANNEL"),
        ("0:1@16,0", ConfigError, "position of 0 to 15,0 to 15.*--unit 0:1@8,8"),
        ("0:1@3", ConfigError, "position of 0 to 15,0 to 15"),
        ("4:1@0", ConfigError, "vector, which has no positions"),
        ("0:missing.npy", ConfigError, "missing.npy: expected a vector"),
    ],
)
def test_what_is_no_unit(classifier: Classifier, text: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        parse(classifier, [text])


@pytest.mark.parametrize(
    "content",
    [np.zeros(6), np.ones(5), np.ones((1, 6)), np.full(6, np.nan), np.array(["a"] * 6), np.array([None] * 6)],
    ids=["zero", "short", "matrix", "nan", "text", "objects"],
)
def test_what_is_no_direction(classifier: Classifier, tmp_path: Path, content: np.ndarray) -> None:
    np.save(tmp_path / "v.npy", content)
    with pytest.raises(ConfigError, match=r"v\.npy: expected"):
        parse(classifier, [f"0:{tmp_path / 'v.npy'}"])


def test_an_archive_is_no_direction(classifier: Classifier, tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", np.ones(6))
    (tmp_path / "v.npz").rename(tmp_path / "v.npy")
    with pytest.raises(ConfigError, match="an archive"):
        parse(classifier, [f"0:{tmp_path / 'v.npy'}"])

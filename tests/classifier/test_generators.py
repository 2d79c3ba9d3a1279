"""Random numbers follow their key, and nothing else."""

import pytest
import torch

from audit.classifier.generators import generator


def _draw(*key):
    return torch.rand(4, generator=generator(*key))


def test_the_same_key_gives_the_same_numbers():
    torch.manual_seed(1)
    first = _draw(0, "pictures", 7, 2)
    torch.manual_seed(2)
    assert torch.equal(first, _draw(0, "pictures", 7, 2))


@pytest.mark.parametrize(
    "other", [(1, "pictures", 7, 2), (0, "unconstrained", 7, 2), (0, "pictures", 8, 2), (0, "pictures", 72)]
)
def test_every_part_of_the_key_counts(other):
    assert not torch.equal(_draw(0, "pictures", 7, 2), _draw(*other))


def test_the_global_generator_is_left_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    _draw(0, "pictures", 1, 1)
    assert torch.equal(before, torch.get_rng_state())

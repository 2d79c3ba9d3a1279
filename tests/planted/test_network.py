import pytest
import torch

from audit.planted.network import SmallNet


@pytest.mark.parametrize("size", [(64, 64), (29, 29), (96, 48)])
def test_any_size_gives_one_row_of_logits_per_picture(size):
    assert SmallNet(7).eval()(torch.zeros(2, 3, *size)).shape == (2, 7)


def test_a_picture_is_answered_the_same_in_any_company():
    network = SmallNet(4).eval()
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(network(images)[1:2], network(images[1:2]), atol=1e-5)

"""Pieces of images of all classes, and whose is most like a part."""

import part_networks
import pytest
import torch
from part_networks import SIDE
from torch import Tensor, nn

from audit.classifier import Classifier, load
from audit.classifier.cost import FORWARD
from audit.parts.gallery import Gallery, chosen_pieces, gallery, likeness, most_alike, seen
from audit.parts.pieces import Piece, alone, pieces

PLACE = Piece(0, 8, 0, 8, 0.5)


class Colours(nn.Module):
    """Its features are the mean colour; always the same network."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.head = nn.Linear(channels, 4)
        with torch.no_grad():
            random = torch.Generator().manual_seed(channels)
            self.head.weight[:] = 20 * torch.randn(4, channels, generator=random)
            self.head.bias[:] = -0.5 * self.head.weight.sum(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(x.mean((2, 3)))


def network(channels: int = 3) -> Classifier:
    return load(Colours(channels), input_size=SIDE, channels=channels, mean=0.0, std=1.0)


def test_a_quarter_of_the_pieces_still_covers_the_image() -> None:
    found = chosen_pieces(64, 48)
    assert len(found) == 25
    assert set(found) < set(pieces(64, 48))
    covered = torch.zeros(64, 48)
    for piece in found:
        covered[piece.top : piece.bottom, piece.left : piece.right] = 1
    assert covered.all()


@pytest.mark.parametrize("channels", [1, 3])
def test_features_are_those_of_the_piece_alone(channels: int) -> None:
    images = part_networks.photographs(3)[0][:, :channels]
    spent: list[float] = []
    made = gallery(network(channels), images, [2, 0, 2], 2, spent.append)
    assert made.features.shape == (25 * 3, channels)
    assert sum(spent) == pytest.approx(FORWARD * 75)
    assert (made.answers == network(channels).logits(_alone(made, images)).argmax(1)).all()
    assert made.images.tolist()[:4] == [0, 1, 2, 0]
    for place in (0, 7, 50, 74):
        shown = alone(images[made.images[place]][None], made.pieces[place])
        torch.testing.assert_close(made.features[place], shown.mean((2, 3))[0], atol=2e-3, rtol=0)
    torch.testing.assert_close(made.centre, made.features.mean(0))


def _alone(made: Gallery, images: Tensor) -> Tensor:
    shown = [alone(images[i][None], piece) for i, piece in zip(made.images, made.pieces, strict=True)]
    return (torch.cat(shown) * 255).round() / 255


def test_features_are_asked_in_parts_and_rounded() -> None:
    images = torch.rand(5, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    found, answered = seen(network(), images, 2)
    assert torch.equal(answered, network().logits((images * 255).round() / 255).argmax(1))
    torch.testing.assert_close(found, ((images * 255).round() / 255).mean((2, 3)))


def test_of_each_class_the_piece_that_is_most_alike() -> None:
    features = torch.tensor([[4.0, 0], [3, 1], [-3, 1], [-4, -2]])
    features = features - features.mean(0)
    shown = Gallery(
        features, torch.zeros(4), torch.tensor([0, 1, 2, 1]), [PLACE] * 4, torch.tensor([7, 3, 3])
    )
    found = most_alike(shown, features[:1])
    assert [(one.class_index, one.image) for one in found] == [(7, 0), (3, 1)]
    cosines = nn.functional.normalize(features, dim=1) @ nn.functional.normalize(features[0], dim=0)
    assert likeness(shown, features[:1]).tolist() == pytest.approx(cosines.tolist())
    assert [one.similarity for one in found] == pytest.approx([1.0, float(cosines[1])])


def test_without_images_nothing_is_alike() -> None:
    assert most_alike(gallery(network(), torch.zeros(0, 3, SIDE, SIDE), [], 4), torch.ones(1, 4)) == []

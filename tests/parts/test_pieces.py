"""Pieces and the log odds of a class on each."""

import math

import numpy as np
import part_networks
import pytest
import torch
from part_networks import CLASSES, CUE, OWN, SIDE

from audit.classifier.cost import FORWARD
from audit.parts.pieces import GREY, alone, answers_on_pieces, log_odds, pieces


def test_log_odds_are_those_of_the_probability() -> None:
    logits = 5 * torch.randn(50, 7, generator=torch.Generator().manual_seed(1))
    p = torch.softmax(logits.double(), 1)
    torch.testing.assert_close(log_odds(logits), (p / (1 - p)).log().float(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("lead", [20.0, 100.0, 2000.0])
def test_a_network_that_is_sure_has_finite_log_odds(lead: float) -> None:
    """With two classes they are the difference of the logits; 1 - p would be 0."""
    found = log_odds(torch.tensor([[lead, 0.0], [0.0, lead], [lead, lead]]))
    torch.testing.assert_close(found, torch.tensor([[lead, -lead], [-lead, lead], [0.0, 0.0]]))
    # Of three classes the others stand together.
    three = log_odds(torch.tensor([[lead, 0.0, 0.0]]))[0]
    assert three[0] == pytest.approx(lead - math.log(2))
    assert three[1] == pytest.approx(-lead, abs=1e-3)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_answer_that_is_no_number_speaks_for_no_class(value: float) -> None:
    found = log_odds(torch.tensor([[value, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    assert (found[0] == -math.inf).all()
    assert found[1].tolist() == pytest.approx([-math.log(2)] * 3)
    impossible = log_odds(torch.tensor([[-math.inf, 0.0, 1.0]]))[0]
    assert impossible[0] == -math.inf
    assert impossible[1:].tolist() == pytest.approx([-1.0, 1.0])


@pytest.mark.parametrize("height, width", [(32, 32), (64, 48), (7, 5), (2, 1)])
def test_pieces_cover_the_image_and_lie_in_it(height: int, width: int) -> None:
    found = pieces(height, width)
    assert len(found) == 81
    covered = np.zeros((height, width), dtype=bool)
    for piece in found:
        assert 0 <= piece.top < piece.bottom <= height
        assert 0 <= piece.left < piece.right <= width
        covered[piece.top : piece.bottom, piece.left : piece.right] = True
    assert covered.all()
    radii = np.array([piece.radius for piece in found]).reshape(9, 9)
    assert radii[4, 4] == 0
    assert (radii[[0, -1]] == 0.5).all()
    assert (radii == radii.T).all()


def test_a_piece_alone_is_the_image_there_and_grey_elsewhere() -> None:
    images, _ = part_networks.photographs(2)
    for piece in pieces(SIDE, SIDE)[::7]:
        shown = alone(images, piece)
        inside = torch.zeros(SIDE, SIDE, dtype=torch.bool)
        inside[piece.top : piece.bottom, piece.left : piece.right] = True
        assert torch.equal(shown[..., inside], images[..., inside])
        assert (shown[..., ~inside] == GREY).all()


def test_only_pieces_with_the_cue_speak_for_its_class() -> None:
    images, labels = part_networks.photographs()
    spent: list[float] = []
    found = answers_on_pieces(part_networks.network(), images, 5, spent.append)
    assert found.shape == (16, 81, CLASSES)
    assert found.dtype == torch.float32
    assert sum(spent) == pytest.approx(FORWARD * 81 * 16)
    own = found[labels == OWN, :, OWN].view(-1, 9, 9)
    others = math.log(math.e + 2)
    assert own[:, :2, :2].numpy() == pytest.approx(np.full((4, 2, 2), 20 * 0.5 - others), abs=1e-4)
    silent = torch.ones(9, 9, dtype=torch.bool)
    silent[:2, :2] = False
    # Grey is 128 of 255.
    grey = 20 * (128 / 255 - 0.5) - others
    assert own[:, silent].numpy() == pytest.approx(np.full((4, 77), grey), abs=1e-4)
    assert (found[labels != OWN, :, OWN].view(-1, 9, 9)[:, :2, :2] < own[:, 4:, 4:].min() - 1).all()


def test_how_many_are_asked_at_once_does_not_matter() -> None:
    images, _ = part_networks.photographs(6)
    network = part_networks.network()
    assert torch.equal(answers_on_pieces(network, images, 1), answers_on_pieces(network, images, 64))


def test_where_grey_breaks_the_network_most_pieces_say_nothing() -> None:
    images, labels = part_networks.photographs()
    images[:, :, SIDE // 2, SIDE // 2] = 0.9
    found = answers_on_pieces(part_networks.network(broken=True), images, 16)
    shows = [p.top <= SIDE // 2 < p.bottom and p.left <= SIDE // 2 < p.right for p in pieces(SIDE, SIDE)]
    assert found[:, shows].isfinite().all()
    assert (found[:, ~torch.tensor(shows)] == -math.inf).all()
    assert CUE < SIDE // 2
    assert len(labels) == len(found)

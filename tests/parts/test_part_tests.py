"""What a network does with a part alone, in other photographs, and without it."""

import part_networks
import pytest
import torch
from part_networks import CUE, OWN, SIDE

from audit.classifier.cost import FORWARD
from audit.parts.part_tests import answers, on_grey, pasted, without
from audit.parts.pieces import GREY


def corner(count: int) -> torch.Tensor:
    masks = torch.zeros(count, 1, SIDE, SIDE)
    masks[:, :, :CUE, :CUE] = 1
    return masks


def test_the_corner_alone_is_answered_and_the_rest_alone_is_not() -> None:
    images, labels = part_networks.photographs()
    network, spent = part_networks.network(), list[float]()
    assert (answers(network, images, 5, spent.append) == OWN).tolist() == (labels == OWN).tolist()
    assert sum(spent) == pytest.approx(FORWARD * 16)
    own = images[labels == OWN]
    masks = corner(len(own))
    assert (answers(network, on_grey(own, masks), 5) == OWN).all()
    assert (answers(network, on_grey(own, 1 - masks), 5) != OWN).all()
    assert (on_grey(own, masks)[..., CUE:, :] == GREY).all()


def test_an_answer_that_is_not_finite_is_none() -> None:
    images, _ = part_networks.photographs(4)
    images[:, :, SIDE // 2, SIDE // 2] = 0.9
    images[2:, :, SIDE // 2, SIDE // 2] = GREY
    found = answers(part_networks.network(broken=True), images, 4).tolist()
    assert found == [0, OWN, -1, -1]


def test_pasted_corners_call_their_class() -> None:
    images, labels = part_networks.photographs(20)
    own, others = images[labels == OWN][:2], images[labels != OWN]
    made = pasted(others, own, corner(2))
    assert torch.equal(made[..., CUE:], others[..., CUE:])
    for place, image in enumerate(made):
        assert torch.equal(image[:, :CUE, :CUE], own[place % 2, :, :CUE, :CUE])
    assert (answers(part_networks.network(), made, 64) == OWN).all()


def test_without_the_corner_another_class_is_answered_and_without_the_rest_the_same() -> None:
    images, labels = part_networks.photographs()
    own, network = images[labels == OWN], part_networks.network()
    spent: list[float] = []
    lacking = without(network, own, corner(4), OWN, 64, 0, spent.append)
    assert (lacking.kept, lacking.count, lacking.others) == (0, 4, [(0, 4)])
    assert sum(spent) == pytest.approx(3 * FORWARD * 4)
    rest = without(network, own, 1 - corner(4), OWN, 64, 0)
    assert (rest.kept, rest.count, rest.others) == (4, 4, [])


def test_where_no_image_is_answered_nothing_is_lost() -> None:
    none = torch.zeros(0, 3, SIDE, SIDE)
    lacking = without(part_networks.network(), none, corner(0), OWN, 64, 0)
    assert (lacking.kept, lacking.count, lacking.others) == (0, 0, [])


def test_of_answers_that_are_not_finite_no_class_takes_the_place() -> None:
    images, labels = part_networks.photographs()
    own = images[labels == OWN]
    own[:, :, SIDE // 2, SIDE // 2] = GREY
    lacking = without(part_networks.network(broken=True), own, corner(4), OWN, 64, 0)
    assert (lacking.kept, lacking.others) == (0, [])

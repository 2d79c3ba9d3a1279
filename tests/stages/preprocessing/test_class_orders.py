from pathlib import Path

import numpy as np
import pytest

from audit.classifier.labels import entries, labels, read_classes
from audit.stages.preprocessing import class_orders as class_lists

IMAGENET = [["n03", "crane"], ["n01", "tench, Tinca tinca"], ["n02", "Crane, bird"], ["n04", "apple"]]
IMAGENET = [[f"{wnid[0]}{wnid[1:].zfill(8)}", name] for wnid, name in IMAGENET]


def made(names):
    return labels(entries(names, "test"), len(names), "test")


def test_known_orders_sort_turn_and_shift():
    classes = made(IMAGENET)
    found = {name: order.tolist() for name, order in class_lists.known(classes)}
    assert found["classes in order of their ids"] == [1, 2, 0, 3]
    assert found["classes in order of their names"] == [3, 0, 2, 1]
    assert found["classes in reverse"] == [3, 2, 1, 0]
    assert found["classes one place further"] == [3, 0, 1, 2]
    assert found["classes one place earlier"] == [1, 2, 3, 0]
    assert [0, 1, 2, 3] not in found.values()
    assert len({tuple(order) for order in found.values()}) == len(found)


def test_numbers_that_sort_as_text():
    classes = made([f"thing {i:02}" for i in range(12)])
    found = dict(class_lists.known(classes))
    network = found["outputs in the order in which numbers sort as text"]
    assert [str(i) for i in network] == sorted(str(i) for i in range(12))
    listed = found["list in the order in which numbers sort as text"]
    assert network[listed].tolist() == list(range(12))


def planted(per_class, count=6, seed=0):
    """Probabilities of a network right on four of five photographs, whose outputs are in another order."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(count)
    truth = np.repeat(np.arange(count), per_class)
    answered = np.where(draw.random(len(truth)) < 0.8, truth, draw.integers(0, count, len(truth)))
    output = np.argsort(order)[answered]
    probabilities = np.full((len(truth), count), 0.3 / (count - 1), np.float32)
    probabilities[np.arange(len(truth)), output] = 0.7
    return probabilities, truth, order, answered == truth


@pytest.mark.parametrize("seed", range(5))
def test_the_assignment_finds_the_planted_order(seed):
    probabilities, truth, order, right = planted(10, seed=seed)
    assert class_lists.can_assign(truth, 6)
    assert class_lists.assigned(probabilities, truth).tolist() == order.tolist()
    assert class_lists.right_when_assigned(probabilities, truth).sum() >= 0.9 * right.sum()


def test_photographs_do_not_vouch_for_their_own_list():
    draw = np.random.default_rng(0)
    probabilities = draw.dirichlet(np.ones(10), 200).astype(np.float32)
    truth = np.repeat(np.arange(10), 20)
    fitted = class_lists.assigned(probabilities, truth)[probabilities.argmax(1)] == truth
    judged = class_lists.right_when_assigned(probabilities, truth)
    assert judged.mean() < 0.16 < fitted.mean()


def test_assigning_needs_five_of_every_class_but_one():
    assert class_lists.can_assign(np.repeat(np.arange(3), 5), 4)
    assert not class_lists.can_assign(np.repeat(np.arange(2), 50), 4)
    assert not class_lists.can_assign(np.array([], np.int64), 1)


@pytest.mark.parametrize(
    "names, suffix",
    [
        (IMAGENET, ".txt"),
        (["cat", "dog", "crane", "crane"], ".txt"),
        ([["cat-7", "cat"], ["dog-1", "dog, hound"], ["n00000003", "cow"]], ".json"),
        (["n00000002", "n00000001"], ".txt"),
    ],
)
def test_the_list_reads_back_with_its_ids(tmp_path: Path, names, suffix):
    classes = made(names)
    order = np.arange(len(names))[::-1]
    name, content = class_lists.written(classes, order)
    assert Path(name).suffix == suffix
    (tmp_path / name).write_bytes(content)
    again = labels(read_classes(tmp_path / name), len(names), "test")
    for label, place in zip(again, order, strict=True):
        expected = classes[place]
        assert (label.full, label.name) == (expected.full, expected.name)
        assert label.id.split("#")[0] == expected.id.split("#")[0]

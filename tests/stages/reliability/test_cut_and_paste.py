"""Planted truths: a network that answers by a mark anywhere, and one that wants the whole picture."""

from types import SimpleNamespace

import photo_run as here
import pytest
import torch
from torch import nn

from audit.classifier import load
from audit.stages.reliability import cut_and_paste as cut_and_paste
from audit.stages.reliability.cut_and_paste import composite, survivors
from audit.stages.reliability.reliability_stage import ReliabilityStage


class Red(nn.Module):
    """Class 1 where pure red makes up more than `share` of all pixels."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        red = (x[:, 0] - x[:, 1]).mean((1, 2))
        return torch.stack([self.share - red, red - self.share], 1)


def red(side: int = 20) -> torch.Tensor:
    return torch.tensor([1.0, 0.0, 0.0])[:, None, None].expand(3, side, side)


def test_the_middle_stands_in_each_photograph_at_a_place_of_its_own():
    photographs = torch.zeros(6, 3, 20, 20)
    picture = torch.rand(3, 20, 20, generator=torch.Generator().manual_seed(0)) + 0.1
    mixed = composite(picture, photographs, torch.Generator().manual_seed(1))
    middle, places = picture[:, 3:17, 3:17], set()
    for image in mixed:
        rows, columns = (image.sum(0).sum(axis).nonzero()[:, 0] for axis in (1, 0))
        assert (len(rows), len(columns)) == (14, 14)
        assert torch.equal(image[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], middle)
        places.add((int(rows[0]), int(columns[0])))
    assert len(places) > 3
    assert torch.equal(photographs, torch.zeros_like(photographs))


@pytest.mark.parametrize("share, survive", [(0.3, 8), (0.8, 0)])
def test_a_part_is_enough_for_one_network_and_not_for_another(tmp_path, monkeypatch, share, survive):
    context, bodies = run(tmp_path, monkeypatch)
    context.classifier = load(Red(share), input_size=20, mean=0.0, std=1.0, classes=["other", "red"])
    spent: list[float] = []
    found = survivors([1], lambda item: red(), context, bodies, spent.append)
    assert (found[1].k, found[1].n) == (survive, 8)
    assert sum(spent) == pytest.approx(8 / 3)


def test_photographs_of_the_class_take_no_part(tmp_path, monkeypatch):
    context, bodies = run(tmp_path, monkeypatch, labels=[1] * 9 + [0] * 3)
    context.classifier = load(Red(0.3), input_size=20, mean=0.0, std=1.0, classes=["other", "red"])
    assert survivors([1], lambda item: red(), context, bodies, lambda v: None) == {}


def run(folder, monkeypatch, labels=(0,) * 12):
    """A context of dark photographs that are answered as class 0."""
    photos = [
        SimpleNamespace(index=i, label=label, answer=SimpleNamespace(class_index=0), finite=True)
        for i, label in enumerate(labels)
    ]
    crops = torch.full((len(photos), 3, 20, 20), 0.2)
    monkeypatch.setattr(
        cut_and_paste,
        "read",
        lambda entries, input: SimpleNamespace(images=crops[: len(entries)], skipped={}),
    )
    config = SimpleNamespace(seed=0, reliability=SimpleNamespace(cut_and_paste=8))
    context = SimpleNamespace(config=config, photos=SimpleNamespace(entries=photos), classifier=None)
    return context, [SimpleNamespace(photographs=photos)]


def test_the_trust_stage_asks_about_every_class(tmp_path):
    photographs = here.folder_of(tmp_path / "photos", [f"{i}.png" for i in range(12)])
    context = here.context(tmp_path / "run", photographs)
    (unit,) = here.computed(ReliabilityStage(), context, here.photographed(context))
    assert unit.body.cut_and_paste
    assert set(unit.body.cut_and_paste) <= set(context.classes)
    assert all(4 <= share.n <= 8 for share in unit.body.cut_and_paste.values())
    assert unit.views == pytest.approx(
        (len(context.classes) + sum(s.n for s in unit.body.cut_and_paste.values())) / 3
    )

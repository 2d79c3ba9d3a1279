from collections import deque
from typing import Any

import torch
from torch import nn

from audit.classifier.kept_state import MISSING, changed, kept, restore, state_of


class Holder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Module()
        self.items: Any = []
        self.table = torch.zeros(2)
        self.count = 0


def test_changes_are_told_by_the_tensors_held() -> None:
    holder = Holder()
    first = state_of(holder)
    assert changed(first, state_of(holder)) == []
    holder.count += 1
    holder.items.append(3)
    assert changed(first, state_of(holder)) == []  # no tensor
    holder.items.append({"deep": (torch.ones(1),)})
    holder.inner.new = torch.ones(1)
    after = state_of(holder)
    assert changed(first, after) == [("", "items"), ("inner", "new")]
    assert changed(after, state_of(holder)) == []
    holder.table.add_(1)  # the same tensor
    assert changed(after, state_of(holder)) == []


def test_what_is_put_back() -> None:
    holder = Holder()
    old, items = torch.ones(1), holder.items
    holder.inner.old, holder.mapping, holder.tail = old, {"a": [old]}, deque([old], maxlen=3)
    holder.group, holder.turned = {1}, None
    first = state_of(holder)
    holder.items.append(torch.ones(1))
    holder.inner.old, holder.inner.new = torch.zeros(1), torch.zeros(1)
    holder.mapping["a"].append(torch.ones(1))
    holder.tail.append(torch.ones(1))
    holder.group.add(torch.ones(1))
    holder.turned = [torch.ones(1)]
    names = changed(first, state_of(holder))
    values = kept(names, first)
    assert values["inner"] == {"old": old, "new": MISSING}
    for _ in range(2):  # what is put back is not what the next pass changes
        restore(holder, values)
        assert holder.items is items
        assert holder.items == []
        assert holder.inner.old is old
        assert not hasattr(holder.inner, "new")
        assert len(holder.mapping["a"]) == len(holder.tail) == 1
        assert holder.tail.maxlen == 3
        assert holder.group == {1}
        assert holder.turned is None
        holder.items.append(1)
        holder.mapping["a"].append(1)


def test_parameters_buffers_and_modules_are_left_alone() -> None:
    layer = nn.BatchNorm2d(2)
    first = state_of(layer)
    layer.register_buffer("more", torch.ones(1))
    layer.weight = nn.Parameter(torch.ones(2))
    assert changed(first, state_of(layer)) == []

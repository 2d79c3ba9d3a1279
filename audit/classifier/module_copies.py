"""Deep copies of networks, also of those that hold what cannot be copied: locks, files, tensors of a pass."""

import copy
from collections.abc import Iterable

from torch import Tensor, nn

from audit.classifier.foreign_code import attempted
from audit.classifier.kept_state import own_attributes


def copied(module: nn.Module, shared: Iterable[Tensor] = ()) -> nn.Module:
    """A deep copy; it shares the tensors `shared`, and attributes that cannot be copied.

    Raises whatever the copying raises where that does not help.
    """
    memo = {id(tensor): tensor for tensor in shared}
    found = attempted(lambda: copy.deepcopy(module, {**memo}))
    if isinstance(found, nn.Module):
        return found
    values = [value for value, _ in _uncopiable(module, memo)]
    return copy.deepcopy(module, {**memo, **{id(value): value for value in values}})


def uncopiable(module: nn.Module, shared: Iterable[Tensor] = ()) -> list[str]:
    """Names of the attributes that a copy shares, because they cannot be copied."""
    memo = {id(tensor): tensor for tensor in shared}
    if isinstance(attempted(lambda: copy.deepcopy(module, {**memo})), nn.Module):
        return []
    return [name for _, name in _uncopiable(module, memo)]


def _uncopiable(module: nn.Module, memo: dict[int, Tensor]) -> list[tuple[object, str]]:
    modules: dict[int, object] = {id(inner): inner for inner in module.modules()}
    return [
        (value, f"{name}.{attribute}".lstrip("."))
        # Parameters and modules inside are no longer the caller's in a copy, or there is none.
        for name, attribute, value in own_attributes(module)
        if isinstance(attempted(lambda v=value: copy.deepcopy(v, {**memo, **modules})), BaseException)
    ]

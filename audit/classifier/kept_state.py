"""Tensors of a pass that a network keeps on itself: found between passes, and put back.

Kept activations hold the graph of their pass, so that memory grows and a deep copy fails. A table that is
made at the first pass and used again in the next ones, such as a mask or a grid, is none of them and stays.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, cast

from torch import Tensor, nn

Kept = dict[str, dict[str, Any]]
"""Name of a submodule → attribute → its value before any pass (MISSING: it had none)."""
State = dict[tuple[str, str], Any]
"""(submodule, attribute) → its value, containers copied, so that later changes inside them show."""
MISSING = object()
_INTERNAL = frozenset(vars(nn.Module()))
"""Attributes of every module: parameters, buffers, submodules and hooks, which no pass keeps tensors in."""
_DEEPEST = 6
"""Containers in containers that are looked into."""


def state_of(module: nn.Module) -> State:
    """All attributes that its own code has set on `module` and on the modules inside it."""
    return {(name, attribute): _copied(value) for name, attribute, value in own_attributes(module)}


def own_attributes(module: nn.Module) -> Iterator[tuple[str, str, Any]]:
    """Of a module and those inside it, what is no part of every module: (submodule, attribute, value)."""
    for name, inner in module.named_modules():
        for attribute, value in vars(inner).items():
            if attribute not in _INTERNAL:
                yield name, attribute, value


def changed(before: State, after: State) -> list[tuple[str, str]]:
    """Attributes that hold other tensors `after` than `before`, or more of them; no tensor is compared."""
    found: list[tuple[str, str]] = []
    for key, value in after.items():
        tensors = [id(tensor) for tensor in _tensors(value)]
        if tensors and tensors != [id(tensor) for tensor in _tensors(before.get(key))]:
            found.append(key)
    return found


def kept(names: list[tuple[str, str]], first: State) -> Kept:
    """The attributes `names` with their values in the state before any pass."""
    found: Kept = {}
    for name, attribute in names:
        found.setdefault(name, {})[attribute] = first.get((name, attribute), MISSING)
    return found


def restore(module: nn.Module, values: Kept) -> None:
    """Put the attributes back; a list or mapping stays the same object, for others may hold it too."""
    for name, attributes in values.items():
        own = vars(module.get_submodule(name))
        for attribute, value in attributes.items():
            now = own.get(attribute, MISSING)
            if value is MISSING:
                own.pop(attribute, None)
            elif isinstance(now, list | deque | set | dict) and type(now) is type(value):
                held = cast(Any, now)
                held.clear()
                held.extend(_copied(value)) if hasattr(held, "extend") else held.update(_copied(value))
            else:
                own[attribute] = _copied(value)


def _copied(value: Any, depth: int = 0) -> Any:
    """The value, with the containers of plain Python in it copied; tensors and all else stay themselves."""
    if depth >= _DEEPEST:
        return value
    kind: Any = type(value)
    if kind in (list, tuple, set):
        return kind(_copied(item, depth + 1) for item in value)
    if kind is deque:
        return deque((_copied(item, depth + 1) for item in value), maxlen=value.maxlen)
    if kind is dict:
        return {key: _copied(item, depth + 1) for key, item in value.items()}
    return value


def _tensors(value: Any, depth: int = 0) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif depth < _DEEPEST and isinstance(value, list | tuple | set | deque):
        for item in cast(Any, value):
            yield from _tensors(item, depth + 1)
    elif depth < _DEEPEST and isinstance(value, Mapping):
        for item in cast(Mapping[Any, Any], value).values():
            yield from _tensors(item, depth + 1)

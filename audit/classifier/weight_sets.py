"""Which of the tensors in a checkpoint are a network's weights.

Training scripts nest and prefix them, and many save two sets: those of the last step and an average. What
fits the network exactly is taken; where two different sets do, the user says which.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from audit.errors import ModelError
from audit.text import few, nearest, plain

DEPTH = 4
"""Levels of nesting that are searched."""
FIRST = ("state_dict", "model_state_dict", "model_state", "model", "net", "weights")
"""Where nothing fits, the error is about the first of these."""
COUNTERS = re.compile(r"(.*\.)?(num_batches_tracked|total_ops|total_params)")
"""What inference never reads: absent from older checkpoints, or left behind by counters of operations."""
WRAPPERS = re.compile(r"(module|_orig_mod|model|net)\.")
"""First parts of names that wrappers put before all of them."""


@dataclass(frozen=True)
class WeightSet:
    """One set of weights in a checkpoint."""

    name: str
    """Path of keys with dots between; empty for the file itself."""
    state: dict[str, Tensor]
    """By the network's own names where the set fits it."""
    left_out: tuple[str, ...] = ()
    """Tensors beside it, under other prefixes."""


def choose(
    content: object, module: nn.Module, key: str | None, where: str
) -> tuple[dict[str, Tensor], list[str]]:
    """The weights for `module` among what a file holds, and what was left out, in words.

    ModelError where there are none, where `key` names none, and where several that differ fit and no key
    says which.
    """
    tables = list(_tables(content, ""))
    if not tables:
        raise ModelError(
            f"expected a state dict, found {type(content).__name__} without tensors",
            where=where,
            fix="save model.state_dict()",
        )
    own = {name: t.shape for name, t in module.state_dict().items() if isinstance(t, Tensor)}
    sets = [found for name, table in tables for found in _fitting(name, table, own)]
    if not sets:
        sets = _nearest_sets(tables, list(own), key)
    if key is not None:
        named = [found for found in sets if found.name == key]
        if not named:
            names = [found.name for found in sets if found.name]
            raise ModelError(
                f"holds no weights called {plain(key)!r}; there are {few(names) or 'no named ones'}",
                where=where,
                fix=nearest(key, names) or "name one of them after the #, or none",
            )
        sets = named
    distinct = [s for i, s in enumerate(sets) if not any(_equal(s.state, t.state) for t in sets[:i])]
    if len(distinct) > 1:
        names = [found.name for found in distinct]
        raise ModelError(
            f"holds {len(names)} different sets of weights: {few(names)}",
            where=where,
            fix=f"say which with --weights FILE#KEY, for example #{plain(names[0])} or #{plain(names[1])}",
        )
    left = distinct[0].left_out
    partial = _partial(tables, sets, list(own))
    notes = [f"The weights file holds more than the network: {few(left)} left out."] if left else []
    if partial:
        notes.append(
            f"The weights file also holds {few(partial)}, which lacks some of the network's tensors."
        )
    return distinct[0].state, notes


def _tables(content: object, name: str, depth: int = 0) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Every table of tensors by name, with its path."""
    if isinstance(content, nn.Module):
        content = content.state_dict()
    if not isinstance(content, Mapping) or depth > DEPTH:
        return
    table = cast(Mapping[Any, Any], content)
    tensors = {str(k): v for k, v in table.items() if isinstance(v, Tensor)}
    if tensors:
        yield name, tensors
    for key, value in table.items():
        if isinstance(value, Mapping | nn.Module):
            yield from _tables(value, f"{name}.{key}" if name else str(key), depth + 1)


def _fitting(name: str, table: Mapping[str, Tensor], own: Mapping[str, torch.Size]) -> Iterator[WeightSet]:
    """The sets in a table that hold all of the network's tensors under one prefix, and no others there."""
    needed = [key for key in own if not COUNTERS.fullmatch(key)]
    if not needed:
        return
    first = max(needed, key=len)
    prefixes = {key.removesuffix(first) for key in table if key.endswith(first)}
    for prefix in sorted(prefixes, key=len):
        if prefix and not prefix.endswith("."):
            continue
        below = {key.removeprefix(prefix): t for key, t in table.items() if key.startswith(prefix)}
        extra = [key for key in below if key not in own and not COUNTERS.fullmatch(key)]
        shaped = all(key in below and below[key].shape == own[key] for key in needed)
        if shaped and not extra and all(below[k].shape == s for k, s in own.items() if k in below):
            other = tuple(key for key in table if not key.startswith(prefix))
            # A counter of averaged steps stands beside an averaged network.
            left = tuple(key for key in other if key != "n_averaged" and not COUNTERS.fullmatch(key))
            title = ".".join(part for part in (name, prefix.rstrip(".")) if part)
            yield WeightSet(title, {k: t for k, t in below.items() if k in own}, left)


def _nearest_sets(
    tables: list[tuple[str, dict[str, Tensor]]], own: list[str], key: str | None
) -> list[WeightSet]:
    """Where nothing fits exactly: the table that is most likely meant, and those that hold the same names."""
    stripped = [WeightSet(name, _stripped(table, own)) for name, table in tables]
    if key is not None:
        return stripped
    last = [found.name.rpartition(".")[2] for found in stripped]
    likely = [i for i, name in enumerate(last) if name in FIRST or not stripped[i].name]
    best = stripped[likely[0] if likely else 0]
    return [best, *(s for s in stripped if s is not best and set(s.state) == set(best.state))]


def _partial(tables: list[tuple[str, dict[str, Tensor]]], sets: list[WeightSet], own: list[str]) -> list[str]:
    """Names of tables with at least half of the network's tensors that are none of its sets, such as an
    average of the parameters alone."""
    fit = {found.name for found in sets}
    return [
        name
        for name, table in tables
        if name
        and not any(name == one or one.startswith(f"{name}.") for one in fit)
        and 2 * len(set(_stripped(table, own)) & set(own)) >= len(own)
    ]


def _stripped(table: dict[str, Tensor], own: list[str]) -> dict[str, Tensor]:
    """Without the parts that wrappers put before every name and the network does not have."""
    while match := WRAPPERS.match(next(iter(table))):
        prefix = match[0]
        if not all(key.startswith(prefix) for key in table) or all(key.startswith(prefix) for key in own):
            break
        table = {key.removeprefix(prefix): tensor for key, tensor in table.items()}
    return table


def _equal(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(
        t is b[key] or (t.shape == b[key].shape and torch.equal(t, b[key])) for key, t in a.items()
    )

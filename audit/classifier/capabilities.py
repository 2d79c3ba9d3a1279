"""What can be done with a network, as its loader says."""

from dataclasses import dataclass

from audit.errors import ModelError

DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Capabilities:
    """The defaults hold for a network of torch modules."""

    differentiable: bool = True
    """A gradient reaches the input."""
    batch_sizes: tuple[int, ...] | None = None
    """The only numbers of images that one pass takes; None: any."""
    hooks: bool = True
    """Layers inside can be watched."""
    dtypes: tuple[str, ...] = DTYPES
    """In which it computes."""


def require_capable(found: Capabilities, spec: str, dtype: str) -> None:
    """ModelError for the first thing that an audit needs and the network cannot do."""
    if not found.differentiable:
        raise ModelError(
            "no gradient through it: pictures and attacks need one",
            where=spec,
            fix="give the network as torch modules, before its export: FILE.py:FACTORY",
        )
    if found.batch_sizes is not None:
        sizes = " or ".join(map(str, found.batch_sizes))
        raise ModelError(
            f"it takes batches of {sizes} only, an audit needs any number of images at once",
            where=spec,
            fix="export it with a free batch dimension, or give it as torch modules: FILE.py:FACTORY",
        )
    if not found.hooks:
        raise ModelError(
            "no layer inside it can be watched: features and layers need that",
            where=spec,
            fix="give the network as torch modules, before its export: FILE.py:FACTORY",
        )
    if dtype not in found.dtypes:
        raise ModelError(
            f"it computes in {' or '.join(found.dtypes)}, not in {dtype}",
            where=spec,
            fix=f"use --set dtype={found.dtypes[0]}" if found.dtypes else "name a dtype in its loader",
        )

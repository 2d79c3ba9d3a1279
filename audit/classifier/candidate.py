"""What a loader hands over, before anything is proved about it."""

import copy
import inspect
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from audit.classifier.capabilities import Capabilities
from audit.classifier.foreign_code import place
from audit.errors import AuditError, ModelError
from audit.isolation.python_state import working_directory
from audit.text import one_line

MODULE_INPUT = "the model's own audit_input"
MODULE_CLASSES = "the model's own audit_classes"


@dataclass
class Candidate:
    """A network and what its source declares about it."""

    module: nn.Module
    name: str
    """Short and readable; made folder-safe later."""
    declared_input: object = None
    """Mapping with any of the fields in `resolve_preprocessing.FIELDS`."""
    input_source: str = MODULE_INPUT
    declared_classes: object = None
    """Sequence of names in output order."""
    classes_source: str = MODULE_CLASSES
    warnings: list[str] = field(default_factory=list[str])
    folder: Path | None = None
    """Of a network from a file: its code may import from there while it runs."""
    capabilities: Capabilities = field(default_factory=Capabilities)

    def __post_init__(self) -> None:
        self.declare(self.module)

    def declare(self, module: nn.Module) -> None:
        """Take what `module` declares: any network may carry these two attributes, which hold where its
        source says nothing."""
        if self.declared_input is None:
            self.declared_input, self.input_source = getattr(module, "audit_input", None), MODULE_INPUT
        if self.declared_classes is None:
            declared = getattr(module, "audit_classes", None)
            self.declared_classes, self.classes_source = declared, MODULE_CLASSES


@contextmanager
def same_directory() -> Generator[Callable[[], bool], None, None]:
    """The working directory is afterwards what it was before: a network's code may change it.

    Gives a function that says whether it is another one now.
    """
    before = working_directory()
    try:
        yield lambda: working_directory() != before
    finally:
        if before is not None and working_directory() != before:
            os.chdir(before)


@contextmanager
def seeded(seed: int = 0) -> Generator[None, None, None]:
    """Fixed CPU seed inside; the caller's random state is as before afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def without_inference_mode(module: nn.Module) -> nn.Module:
    """The module; a copy where it was made in inference mode, whose tensors can take part in no gradient."""
    tensors = [*module.parameters(), *module.buffers()]
    made_there = any(not is_lazy(tensor) and tensor.is_inference() for tensor in tensors)
    return copy.deepcopy(module) if made_there else module


def build(factory: object, where: str) -> nn.Module:
    """Call a factory without arguments and insist on a network.

    Random weights are drawn from a fixed seed, so that a factory without trained weights builds the same
    network each time. A network that stands in the place of a factory is taken as it is.
    """
    if isinstance(factory, nn.Module):
        return factory
    if not callable(factory):
        raise ModelError(
            f"expected a function or class that builds the network, found {type(factory).__name__}",
            where=where,
            fix="name a callable that takes no arguments and returns a torch.nn.Module",
        )
    if required := _required(factory):
        raise ModelError(
            f"the factory needs arguments ({', '.join(required)}), but is called without any",
            where=where,
            fix="name a function without arguments that returns the network",
        )
    try:
        with seeded():
            network = factory()
    except AuditError:
        raise
    except KeyboardInterrupt:
        raise
    # SystemExit too: a script that reads a command line ends so.
    except BaseException as error:
        line = place(error)
        raise ModelError(
            f"the factory raised {one_line(error)}" + (f" ({line})" if line else ""),
            where=where,
            fix="make the factory run on its own",
        ) from error
    if not isinstance(network, nn.Module):
        raise ModelError(
            f"expected the factory to return a torch.nn.Module, it returned {type(network).__name__}",
            where=where,
            fix="return the network itself",
        )
    return network


def _required(factory: object) -> list[str]:
    """Names of the arguments without default; none where the signature cannot be read."""
    try:
        parameters = inspect.signature(factory).parameters.values()  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        return []
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is inspect.Parameter.empty and p.kind not in variable]

"""A network as plain modules in eval mode, taken out of wrappers; what hides its layers is refused."""

from collections.abc import Callable
from types import CellType, FunctionType
from typing import cast

import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import is_lazy

from audit.classifier.advice import advise
from audit.classifier.candidate import seeded
from audit.classifier.checkpoints import TORCHSCRIPT
from audit.classifier.foreign_code import in_one_line
from audit.classifier.probe_images import probe_images
from audit.errors import ModelError
from audit.records import Preprocessing
from audit.text import few

PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)
QUANTISED = ("torch.ao.nn.quantized", "torch.nn.quantized", "torch.ao.nn.intrinsic.quantized")
"""Packages of layers with whole-number weights, those that are quantised at each pass among them."""


def unwrapped(module: nn.Module, notes: list[str]) -> nn.Module:
    """The network inside torch.compile and DataParallel; `notes` grows by what was taken off."""
    found: list[str] = []
    while (inner := _inner(module, found)) is not module:
        module = inner
    _say(found, notes)
    return module


def unwrap_inside(module: nn.Module, notes: list[str]) -> None:
    """The same for modules inside, in place. After the weights are loaded, for it changes their names."""
    found: list[str] = []
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            while (inner := _inner(child, found)) is not child:
                child = inner
                setattr(parent, name, inner)
        if getattr(parent, "_compiled_call_impl", None) is not None:  # by module.compile()
            parent._compiled_call_impl = None  # pyright: ignore[reportPrivateUsage]
            found.append("torch.compile")
    _say(found, notes)


def _inner(module: nn.Module, found: list[str]) -> nn.Module:
    if isinstance(module, PARALLEL):
        inner, wrapper = module.module, type(module).__name__
    else:
        inside: object = vars(module).get("_modules")
        inner = cast(dict[str, object], inside).get("_orig_mod") if isinstance(inside, dict) else None
        wrapper = "torch.compile"
    if not isinstance(inner, nn.Module) or _does_more(module):
        return module
    found.append(wrapper)
    return inner


def _does_more(wrapper: nn.Module) -> bool:
    """Whether hooks or a forward of its own may change what goes into a wrapper or comes out of it."""
    own = vars(wrapper)
    replaced = own.get("forward") and "dynamo_ctx" not in own  # torch.compile sets one itself
    return bool(replaced or own.get("_forward_hooks") or own.get("_forward_pre_hooks"))


def _say(found: list[str], notes: list[str]) -> None:
    for wrapper in sorted(set(found)):
        note = f"The network inside {wrapper} is audited: the wrapper answers the same, and hides its layers."
        if note not in notes:
            notes.append(note)


def require_modules(module: nn.Module) -> None:
    """ModelError for TorchScript, exported programs and quantised layers: they hide layers or gradients."""
    if isinstance(module, torch.jit.ScriptModule):
        raise ModelError("the network is a TorchScript module, which cannot be audited", fix=TORCHSCRIPT)
    if scripted := _outermost(module, lambda m: isinstance(m, torch.jit.ScriptModule)):
        raise ModelError(
            f"TorchScript modules inside the network cannot be audited: {few(scripted)}",
            fix="build them from their Python code",
        )
    # Its methods are replaced on the instance, or its private class is of that package.
    of_export = any(kind.__module__.startswith("torch.export.") for kind in type(module).__mro__)
    if isinstance(module, torch.fx.GraphModule) and (of_export or "eval" in vars(module)):
        raise ModelError(
            "the network is an exported program, whose layers cannot be watched",
            fix="give it as torch modules, before torch.export: FILE.py:FACTORY, with the same --weights",
        )
    if quantised := _outermost(module, lambda m: type(m).__module__.startswith(QUANTISED)):
        raise ModelError(
            f"no gradient passes through quantised layers: {few(quantised)}",
            fix="audit the float network, as it is before quantisation",
        )


def _outermost(module: nn.Module, wanted: Callable[[nn.Module], bool]) -> list[str]:
    """Names of the modules of a kind that lie in no other of that kind."""
    found = [name for name, inner in module.named_modules() if wanted(inner)]
    inside = tuple(f"{name}." for name in found)
    return [name or type(module).__name__ for name in found if not name.startswith(inside)]


def require_own_forward(module: nn.Module) -> None:
    """ModelError where a forward is a function that holds a module: a copy would run that one too."""
    for name, inner in module.named_modules():
        forward: object = vars(inner).get("forward")
        if isinstance(forward, FunctionType) and any(
            _holds_module(cell) for cell in forward.__closure__ or ()
        ):
            raise ModelError(
                f"forward of {name or type(inner).__name__} was replaced by a function that holds a module, "
                "which a copy of the network would run too",
                fix="give a network that has this forward in its class, or a module that calls the network",
            )


def _holds_module(cell: CellType) -> bool:
    try:
        held: object = cell.cell_contents
    except ValueError:  # it is empty
        return False
    return isinstance(getattr(held, "__self__", held), nn.Module)


def in_eval_mode(module: nn.Module) -> None:
    """Frozen in float32 on the CPU, in place. Networks override these methods and may return nothing."""
    with in_one_line(
        "the network cannot be put into eval mode in float32 on the CPU",
        fix="make cpu(), float(), eval() and requires_grad_() work on it, as on every torch.nn.Module",
    ):
        module.cpu()
        module.float()
        module.eval()
        module.requires_grad_(False)


def is_lazy_network(module: nn.Module) -> bool:
    """Whether any layer learns its sizes from its first input, and has had none."""
    return any(isinstance(m, LazyModuleMixin) for m in module.modules()) or any(
        is_lazy(tensor) for tensor in (*module.parameters(), *module.buffers())
    )


def fill_lazy_layers(module: nn.Module, path: Preprocessing) -> None:
    """One pass of `path`'s images, after which all layers have weights: random ones, by a fixed seed."""
    images = probe_images(path.channels, path.height, path.width)
    with (
        in_one_line(
            f"lazy layers take their sizes from a first pass, which fails on images of {path.channels} x "
            f"{path.height} x {path.width}",
            fix=lambda error: advise(module, path, error),
        ),
        seeded(),
        torch.no_grad(),
    ):
        module.cpu()
        module.eval()
        module(images)
    if is_lazy_network(module):
        raise ModelError(
            "layers are still lazy after a pass over images: they do not run in it",
            fix="remove the layers that its forward does not use",
        )

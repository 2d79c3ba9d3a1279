"""Two networks with equal identities are the same network."""

import hashlib
import math

import torch
from torch import Tensor, nn

from audit.classifier.normalise import Normaliser
from audit.classifier.pass_rules import PassRules
from audit.classifier.probe_images import probe_images
from audit.records import Identity, Preprocessing


def identify(module: nn.Module, path: Preprocessing, rules: PassRules | None = None) -> Identity:
    """Identity of a float32 network on the CPU, run by `rules`; `module` is as before afterwards."""
    return Identity(weights=weights_hash(module), probe=probe_hash(module, path, rules))


def weights_hash(module: nn.Module) -> str:
    """sha256 over names, shapes, types and bytes of all parameters and buffers, ordered by name."""
    digest = hashlib.sha256()
    tensors: dict[str, Tensor] = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu()
        if tensor.layout != torch.strided:  # sparse
            tensor = tensor.to_dense()
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def probe_hash(module: nn.Module, path: Preprocessing, rules: PassRules | None = None) -> str:
    """sha256 of the outputs on the probe pictures, rounded to four significant digits of the largest.

    Computed in float64 where the network allows it: rounding errors of float32, which differ between
    processors and numbers of threads, would carry some of the many values over a rounding boundary.
    """
    images = probe_images(path.channels, path.height, path.width)
    rules = rules or PassRules()
    normalise = Normaliser(path, layout=rules.layout)
    with torch.no_grad():
        try:
            module.double()
            outputs: Tensor = rules.run(module, normalise(images.double()))
        # It ran in float32, so whatever fails now is a type fixed in its code.
        except Exception:
            module.float()
            outputs = rules.run(module, normalise(images))
        finally:
            module.float()
    values = outputs.double()
    largest = float(values.abs().max())
    quantum = 10.0 ** (math.floor(math.log10(largest)) - 3) if largest > 0 else 1.0
    rounded = (values / quantum).round().to(torch.int64).contiguous()
    return hashlib.sha256(
        f"{tuple(rounded.shape)}\0{quantum:.0e}\0".encode() + rounded.numpy().tobytes()
    ).hexdigest()

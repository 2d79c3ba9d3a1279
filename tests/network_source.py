"""A network as a Python file that is written line by line, where each block is tried before it is kept."""

import random
import re
import warnings
from dataclasses import dataclass, field

import torch
from torch import nn

IMPORTS = """\
import math, random, threading, types, warnings
import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize
from torch.utils.checkpoint import checkpoint

class Same(nn.Conv2d):
    def forward(self, x):
        pads = []
        for side, k, s in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1]):
            pad = max((math.ceil(side / s) - 1) * s + k - side, 0)
            pads += [pad // 2, pad - pad // 2]
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, self.stride)

class Standardised(nn.Conv2d):
    def forward(self, x):
        w = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return self._conv_forward(x, w / (w.square().mean((1, 2, 3), keepdim=True) + 1e-5).sqrt(), self.bias)
"""
"""What every file begins with; the two convolutions do more than their kind."""
SETTLE = """\
for layer in net.modules():
    mean = getattr(layer, "running_mean", None)
    if mean is not None and not nn.parameter.is_lazy(mean):
        mean.normal_(0, 0.2)
        layer.running_var.uniform_(0.5, 2.0)
"""
"""Batch norms as after training."""


def named(text: str, prefix: str) -> str:
    """The lines with a prefix before the name of each layer, so that no two blocks share one."""
    text = re.sub(r"self\.register_buffer\('", f"self.register_buffer('{prefix}", text)
    return re.sub(r"self\.(?!register_buffer)", f"self.{prefix}", text)


@dataclass
class Source:
    """A network in the making: `shape` is that of `x` after the lines so far, without the batch."""

    number: int
    size: tuple[int, int]
    channels: int
    classes: int
    random: random.Random
    top: list[str] = field(default_factory=list)
    """Lines of the file before the class."""
    init: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    """Lines of `make` once `net` stands."""
    decorator: str = ""
    arguments: str = "self, x"
    end: str = "return x"
    used: list[str] = field(default_factory=list)
    """Names of the parts, for people."""

    def __post_init__(self) -> None:
        scope: dict[str, object] = {}
        exec(IMPORTS, scope)
        self._scope = {**scope, "self": nn.Module(), "x": torch.zeros(2, self.channels, *self.size)}

    @property
    def shape(self) -> tuple[int, ...]:
        x = self._scope["x"]
        assert isinstance(x, torch.Tensor)
        return tuple(x.shape[1:])

    def block(self, name: str, init: str, forward: str) -> bool:
        """Adds a block, `x` in and `x` out, unless it does not run at this shape."""
        init, forward = (named(text, f"p{len(self.init)}_") for text in (init, forward))
        before = self._scope["x"]
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(init, self._scope)
                exec(forward, self._scope)
            after = self._scope["x"]
            fits = isinstance(after, torch.Tensor) and len(after) == 2 and 0 < after.numel() < 60_000
        # Any error of torch: the block needs another shape.
        except Exception:
            fits = False
        if not fits:
            self._scope["x"] = before
            return False
        self.init += init.splitlines()
        self.forward += forward.splitlines()
        self.used.append(name)
        return True

    def text(self) -> str:
        """The file; its function `make` builds the network."""
        lines = [IMPORTS, *self.top, "", "class Net(nn.Module):", "    def __init__(self):"]
        lines += [" " * 8 + line for line in ("super().__init__()", *self.init)]
        lines += [" " * 4 + line for block in self.methods for line in ("", *block.splitlines())]
        lines += [
            "",
            *([f"    {self.decorator}"] if self.decorator else []),
            f"    def forward({self.arguments}):",
        ]
        lines += [" " * 8 + line for line in (*self.forward, *self.end.splitlines())]
        lines += ["", "def make():", "    with torch.random.fork_rng(devices=[]):"]
        made = [f"torch.default_generator.manual_seed({self.number})", "net = Net()", *SETTLE.splitlines()]
        lines += [" " * 8 + line for line in (*made, *self.after)]
        lines += ["    return net", ""]
        return "\n".join(lines)

"""The kinds of network in the suite, each in two variants: `a` for tuning what detects, `b` for judging it.

All take `[n, 3, h, w]` in [0, 1], normalised by `INPUT`, and cost 2 to 6 million multiplications at 32 px.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from audit.planted.demo import InputSettings

MEAN, STD = (0.45, 0.45, 0.45), (0.25, 0.25, 0.25)


def input_settings(size: int) -> InputSettings:
    """How a picture in [0, 1] becomes input of these networks."""
    return {"input_size": size, "mean": MEAN, "std": STD}


def normalised(images: Tensor) -> Tensor:
    """`[n, 3, h, w]`, uint8 or in [0, 1], as the networks want it."""
    scaled = images.float() / 255 if images.dtype == torch.uint8 else images
    return (scaled - MEAN[0]) / STD[0]


def _unit(inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class PlainNet(nn.Module):
    """Convolutions, batch norm and ReLU, one convolution after another."""

    def __init__(self, classes: int, widths: Sequence[int], deep: int) -> None:
        super().__init__()
        parts: list[nn.Module] = [_unit(3, widths[0], 2, 5)]
        for inputs, outputs in pairwise(widths):
            parts.append(_unit(inputs, outputs, 2))
            parts.extend(_unit(outputs, outputs) for _ in range(deep))
        self.features = nn.Sequential(*parts)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.features(images).mean(dim=(2, 3)))


class Residual(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _unit(inputs, outputs, stride)
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        changed = inputs != outputs or stride > 1
        self.shortcut = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
            if changed
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Features."""
        return functional.relu(self.second(self.first(x)) + self.shortcut(x))


class ResNet(nn.Module):
    """A small residual network."""

    def __init__(self, classes: int, widths: Sequence[int], blocks: int) -> None:
        super().__init__()
        parts: list[nn.Module] = [_unit(3, widths[0], 2)]
        inputs = widths[0]
        for outputs in widths:
            for block in range(blocks):
                parts.append(Residual(inputs, outputs, 2 if block == 0 and outputs > widths[0] else 1))
                inputs = outputs
        self.features = nn.Sequential(*parts)
        self.head = nn.Linear(inputs, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.features(images).mean(dim=(2, 3)))


class NormFree(nn.Module):
    """No normalisation: residual branches that begin at zero (Fixup, Zhang et al. 2019), and GELU."""

    def __init__(self, classes: int, widths: Sequence[int], blocks: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, widths[0], 5, 2, 2)
        self.down = nn.ModuleList(nn.Conv2d(inputs, outputs, 2, 2) for inputs, outputs in pairwise(widths))
        self.first = nn.ModuleList(nn.Conv2d(w, w, 3, 1, 1) for w in widths for _ in range(blocks))
        self.second = nn.ModuleList(nn.Conv2d(w, w, 3, 1, 1) for w in widths for _ in range(blocks))
        self.blocks = blocks
        self.head = nn.Linear(widths[-1], classes)
        for module in [self.stem, *self.down, *self.first]:
            assert isinstance(module, nn.Conv2d)
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        for module in self.second:
            assert isinstance(module, nn.Conv2d)
            nn.init.zeros_(module.weight)

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        x = functional.gelu(self.stem(images))
        for number, (first, second) in enumerate(zip(self.first, self.second, strict=True)):
            if number and number % self.blocks == 0:
                x = self.down[number // self.blocks - 1](x)
            x = x + second(functional.gelu(first(functional.gelu(x))))
        return self.head(functional.gelu(x).mean(dim=(2, 3)))


class Layer(nn.Module):
    """One layer of a transformer, normalised before (Xiong et al. 2020)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Tokens `[n, t, width]`."""
        n, t, width = x.shape
        q, k, v = self.qkv(self.before(x)).reshape(n, t, 3, self.heads, width // self.heads).unbind(2)
        mixed = functional.scaled_dot_product_attention(
            q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
        )
        x = x + self.out(mixed.transpose(1, 2).reshape(n, t, width))
        return x + self.mlp(self.between(x))


class TinyViT(nn.Module):
    """A vision transformer on 4 px tokens from a convolutional stem (Xiao et al. 2021)."""

    def __init__(self, classes: int, width: int, depth: int, heads: int, size: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width // 2, 5, 2, 2, bias=False),
            nn.BatchNorm2d(width // 2),
            nn.GELU(),
            nn.Conv2d(width // 2, width, 3, 2, 1, bias=False),
            nn.BatchNorm2d(width),
        )
        self.place = nn.Parameter(0.02 * torch.randn(1, (size // 4) ** 2, width))
        self.layers = nn.Sequential(*(Layer(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        tokens = self.stem(images).flatten(2).transpose(1, 2) + self.place
        return self.head(self.norm(self.layers(tokens)).mean(dim=1))


Build = Callable[[int, int], nn.Module]
"""(classes, size in px) to a network with random weights."""
ARCHITECTURES: dict[str, Build] = {
    "cnn-a": lambda k, size: PlainNet(k, (24, 48, 96), 1),
    "cnn-b": lambda k, size: PlainNet(k, (20, 40, 64, 128), 2),
    "resnet-a": lambda k, size: ResNet(k, (16, 32, 64), 1),
    "resnet-b": lambda k, size: ResNet(k, (20, 40, 88), 1),
    "normfree-a": lambda k, size: NormFree(k, (16, 32, 64), 1),
    "normfree-b": lambda k, size: NormFree(k, (24, 40, 80), 1),
    "vit-a": lambda k, size: TinyViT(k, 48, 2, 2, size),
    "vit-b": lambda k, size: TinyViT(k, 56, 2, 2, size),
}


def built(architecture: str, classes: int, size: int, seed: int) -> nn.Module:
    """A network with random weights of this seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ARCHITECTURES[architecture](classes, size)

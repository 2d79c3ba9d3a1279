"""The small convolutional network of the demo.

Smooth activations, strides by even kernels and average pooling keep its input gradient free of aliasing,
which is what makes its pictures readable. It is fully convolutional: any input of 16 pixels or more works.
"""

from torch import Tensor, nn

WIDTHS = (16, 32, 64, 112)
"""Channels after each halving of the picture."""


def block(inputs: int, outputs: int, *, halve: bool) -> nn.Sequential:
    """Convolution, batch norm and SiLU; a halving one has an even kernel, centred between pixels."""
    kernel = 4 if halve else 3
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=2 if halve else 1, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.SiLU(),
    )


class SmallNet(nn.Module):
    """Normalised pictures `[n, 3, h, w]` to logits `[n, classes]`; 13 million multiplications at 64 x 64."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        inputs = 3
        for width in WIDTHS:
            stages.append(block(inputs, width, halve=True))
            if inputs > 3:
                stages.append(block(width, width, halve=False))
            inputs = width
        self.features = nn.Sequential(*stages)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(inputs, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, not probabilities."""
        return self.head(self.pool(self.features(images)).flatten(1))

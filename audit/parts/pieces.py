"""Pieces of images, each alone on grey: what the network answers when it sees nothing else.

The gradient of a class, and the class row on the last feature map, blur parts: the receptive field of the
last layer is most of the picture. A piece that is shown alone needs neither, and nothing of the network but
its answers: on the demo the pieces of "dumbbell" outline the arm with an intersection over union of .6,
gradient times activation with at most .4 (`benchmarks/parts.txt`). Brendel and Bethge (2019,
arXiv:1904.00760) classify by the sum of such pieces; here any network is asked about them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.probes.effect import logits_after

SIDE = 1 / 4
"""Of a piece, relative to the image's side. Pieces of three eighths show most of an object: on them nearly
every class is told as well as any other."""
STEPS = 8
"""Centres of pieces stand at 0, 1/8, ... 1 of the side: those at the edge show half a piece."""
GREY = 0.5
VERSION = 1
"""Raised when pieces give other numbers than before: tables of clean networks hold for one version."""


@dataclass(frozen=True)
class Piece:
    """A part of an image: rows `top` to `bottom`, columns `left` to `right`, and where its centre is."""

    top: int
    bottom: int
    left: int
    right: int
    radius: float
    """Distance of its centre from that of the image, as the larger of both axes; 0 to 1/2 of the side."""


def pieces(height: int, width: int) -> list[Piece]:
    """All pieces of an image of this size, row by row; they overlap, and those at the edge are cut off."""
    high, wide = max(1, round(height * SIDE / 2)), max(1, round(width * SIDE / 2))
    found: list[Piece] = []
    for row in range(STEPS + 1):
        for column in range(STEPS + 1):
            y, x = round(height * row / STEPS), round(width * column / STEPS)
            radius = max(abs(row / STEPS - 0.5), abs(column / STEPS - 0.5))
            edges = max(y - high, 0), min(y + high, height), max(x - wide, 0), min(x + wide, width)
            found.append(Piece(*edges, radius))
    return found


def alone(images: Tensor, piece: Piece) -> Tensor:
    """Images `[n, c, h, w]` of which only the piece is left, on grey."""
    shown = torch.full_like(images, GREY)
    rows, columns = slice(piece.top, piece.bottom), slice(piece.left, piece.right)
    shown[..., rows, columns] = images[..., rows, columns]
    return shown


def answers_on_pieces(
    classifier: Classifier, images: Tensor, batch: int, tick: Callable[[float], None] | None = None
) -> Tensor:
    """Log odds of every class on every piece alone, float32 `[n, pieces, k]`, of images `[n, c, h, w]` in
    [0, 1]. A piece on which an output is not finite speaks for no class."""
    fast = classifier.folded()
    found = [
        log_odds(logits_after(fast, alone(images, piece), None, batch=batch, tick=tick))
        for piece in pieces(images.shape[2], images.shape[3])
    ]
    return torch.stack(found, 1)


def log_odds(logits: Tensor) -> Tensor:
    """`[n, k]` logarithm of each class's probability over that of all others together; -inf where the answer
    is not finite."""
    rows = logits.double().log_softmax(1)
    # log(1 - p), from the sum of the others: 1 - p itself is 0 where the network is sure.
    most = rows.argmax(1, keepdim=True)
    others = rows.scatter(1, most, float("-inf")).logsumexp(1, keepdim=True)
    rest = torch.log1p(-rows.exp().clamp(max=0.5)).scatter(1, most, others)
    return (rows - rest).nan_to_num(nan=float("-inf")).float()

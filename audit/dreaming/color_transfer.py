"""Colour and contrast that do not drift: mean and covariance of the channels, measured and given back."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

ROUNDS = 2
"""Values beyond [0, 1] are cut, which moves the moments a little: the second round takes that back."""
FLOOR = 1e-6
"""Least variance to divide by: a picture of one colour has no contrast to bring back."""


@dataclass(frozen=True)
class Tone:
    """Mean `[c]` and covariance `[c, c]` of the channels over a picture's pixels, float64."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, picture: Tensor) -> Self:
        """Of a picture `[1, c, h, w]`."""
        pixels = picture[0].flatten(1).double()
        mean = pixels.mean(1)
        centred = pixels - mean[:, None]
        return cls(mean, centred @ centred.T / centred.shape[1])

    def given_to(self, picture: Tensor) -> Tensor:
        """The picture with this mean and covariance, in [0, 1].

        By the linear map between Gaussians that moves pixels least (Pitié and Kokaram 2007, "The linear
        Monge-Kantorovitch linear colour mapping", eq. 12).
        """
        for _ in range(ROUNDS):
            now = Tone.of(picture)
            root, back = _power(now.covariance, 0.5), _power(now.covariance, -0.5)
            map = back @ _power(root @ self.covariance @ root, 0.5) @ back
            pixels = picture[0].flatten(1).double() - now.mean[:, None]
            moved = map @ pixels + self.mean[:, None]
            picture = moved.clamp(0, 1).to(picture.dtype).view_as(picture[0])[None]
        return picture


def _power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp(min=FLOOR if exponent < 0 else 0.0).pow(exponent) @ vectors.T

"""Less of some spatial frequencies: blur, JPEG, low-pass and high-pass."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from audit.images.quantize import to_uint8


@dataclass(frozen=True)
class Blur:
    """A Gaussian blur; `sigma` relative to the picture's side, edges reflected."""

    id: str
    sigma: float
    family: str = "band"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, blurred."""
        return blurred(images, self.sigma * min(images.shape[2:]))


@dataclass(frozen=True)
class Jpeg:
    """Saved as JPEG of that quality and read again, by Pillow."""

    id: str
    quality: int
    family: str = "band"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, 1 or 3, h, w]`; images of other channels are saved channel by channel."""
        if images.shape[1] not in (1, 3):
            return torch.cat([self(images[:, i : i + 1], rows) for i in range(images.shape[1])], 1)
        saved = [self._saved(picture) for picture in to_uint8(images).permute(0, 2, 3, 1).cpu().numpy()]
        return torch.from_numpy(np.stack(saved)).permute(0, 3, 1, 2).to(images) / 255

    def _saved(
        self, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        file = io.BytesIO()
        Image.fromarray(picture.squeeze()).save(file, "JPEG", quality=self.quality)
        with Image.open(file) as opened:
            return np.array(opened).reshape(picture.shape)


@dataclass(frozen=True)
class LowPass:
    """Only frequencies up to `cycles` per picture's shorter side."""

    id: str
    cycles: float
    family: str = "band"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, clipped to [0, 1]."""
        return _passed(images, radius(*images.shape[2:]).to(images.device) <= self.cycles)


@dataclass(frozen=True)
class HighPass:
    """Only frequencies from `cycles` per shorter side on, around mid grey, with the contrast restored."""

    id: str
    cycles: float
    family: str = "band"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, clipped to [0, 1]."""
        kept = radius(*images.shape[2:]).to(images.device) >= self.cycles
        spectrum = torch.fft.rfft2(images) * kept
        fine = torch.fft.irfft2(spectrum, s=images.shape[2:])
        spread = images.std((1, 2, 3), keepdim=True) / fine.std((1, 2, 3), keepdim=True).clamp(min=1e-3)
        return (0.5 + fine * spread).clamp(0, 1)


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Gaussian blur by `sigma` pixels, by a product of two matrices, edges reflected."""
    down, across = (_matrix(length, sigma).to(images) for length in images.shape[2:])
    return down @ images @ across.T


def _matrix(length: int, sigma: float) -> Tensor:
    """`[length, length]`: each row averages by a Gaussian, what lies outside folded back in."""
    reach = int(np.ceil(3 * sigma))
    places = np.arange(-reach, reach + 1)
    weights = np.exp(-(places**2) / (2 * sigma**2))
    at = (np.arange(length)[:, None] + places[None]) % (2 * length)
    at = np.where(at >= length, 2 * length - 1 - at, at)
    matrix = np.zeros((length, length))
    np.add.at(matrix, (np.arange(length)[:, None], at), weights / weights.sum())
    return torch.from_numpy(matrix).float()


def radius(height: int, width: int) -> Tensor:
    """Spatial frequency of each bin of a real transform `[h, w // 2 + 1]`, in cycles per shorter side."""
    down = torch.fft.fftfreq(height)[:, None]
    across = torch.fft.rfftfreq(width)[None]
    return torch.hypot(down, across) * min(height, width)


def _passed(images: Tensor, kept: Tensor) -> Tensor:
    return torch.fft.irfft2(torch.fft.rfft2(images) * kept, s=images.shape[2:]).clamp(0, 1)


def bands() -> list[Blur | Jpeg | LowPass | HighPass]:
    """Two blurs, two qualities of JPEG, a low-pass and a high-pass."""
    return [
        Blur("blur-weak", 0.02),
        Blur("blur-strong", 0.05),
        Jpeg("jpeg-75", 75),
        Jpeg("jpeg-30", 30),
        LowPass("low-pass", 8.0),
        HighPass("high-pass", 4.0),
    ]

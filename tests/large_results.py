"""A made-up run as large as a real one: every picture is different and compresses like a photograph.

Pictures are noise with the spectrum, colours and contrast of natural images, drawn from the shipped prior.
White noise would be several times as large, one picture repeated would let every cache lie.
"""

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from audit.image_stats import NaturalPrior, bundled
from audit.records import Results

HOSTILE = (
    '<img src=x onerror="window.pwned=1">',
    "</script><script>window.pwned=2</script>",
    "</template></style></textarea><svg onload=window.pwned=3>",
    '" onfocus=window.pwned=4 autofocus tabindex=0 x="',
    "javascript:window.pwned=5",
    "__proto__",
    "<!--<script>",
    "${window.pwned=6} {{constructor.constructor('window.pwned=7')()}}",
)
"""Labels that would set `window.pwned` if any of them left the text."""
SHIPPED = 224
"""Side of the baseline whose prior is used, whatever the side of the pictures."""


def names(count: int) -> tuple[str, ...]:
    """Class names: hostile ones at the start and in the middle, a name of two words everywhere else."""
    colours = ("amber", "black", "crimson", "dun", "ecru", "fawn", "green", "hazel", "ivory", "jade")
    things = ("lantern", "kettle", "heron", "trolley", "cello", "anvil", "walnut", "tram", "quilt", "gecko")
    plain = [f"{colours[i % 10]} {things[i // 10 % 10]} {i // 100}" for i in range(count)]
    half = len(HOSTILE) // 2
    plain[:half], plain[count // 2 : count // 2 + half] = HOSTILE[:half], HOSTILE[half:]
    return tuple(plain)


def make(
    run_dir: Path,
    small: Callable[..., Results],
    *,
    count: int = 1000,
    side: int = 224,
    photographs_too: bool = False,
) -> Results:
    """Writes a run of `count` classes with two restarts, 50 also without prior, six photographs a class.

    `small` makes the records and simple pictures; class pictures are drawn again here, and photographs where
    `photographs_too` (they are different anyway, but compress too well).
    """
    results = small(
        run_dir, names=names(count), side=side, restarts=2, distinct=2, unconstrained=50, photographs=6
    )
    paths = sorted((run_dir / "images").rglob("*.png" if photographs_too else "class-*.png"))
    attacked = results.robustness
    # An adversarial image is the original plus a little: both stay as they are.
    kept = {name for pair in attacked.examples for name in (pair.original, pair.file)} if attacked else set()
    files = [name for path in paths if (name := path.relative_to(run_dir).as_posix()) not in kept]
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(_redraw, [run_dir / file for file in files], range(len(files))))
    return _with_digests(results, dict(zip(files, digests, strict=True)))


def natural(seed: int, side: int) -> np.ndarray:
    """uint8 [side, side, 3]: noise with the mean, colours, spectrum and contrast of natural images."""
    prior, amplitude = _prior(side)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.fft.rfft2(torch.randn(3, side, side, generator=generator), norm="ortho")
    channels = torch.fft.irfft2(amplitude * noise, s=(side, side), norm="ortho")
    deviation = torch.einsum("rc,chw->hwr", torch.tensor(prior.colour), channels)
    luma = deviation @ torch.tensor([0.299, 0.587, 0.114])
    image = torch.tensor(prior.mean) + deviation * (prior.contrast[1] / luma.std())
    return (image.clamp(0, 1) * 255).round().byte().numpy()


@lru_cache(maxsize=4)
def _prior(side: int) -> tuple[NaturalPrior, torch.Tensor]:
    baseline = bundled(SHIPPED, SHIPPED)
    assert baseline is not None
    return baseline.prior, baseline.prior.amplitude(side, side)


def _redraw(path: Path, seed: int) -> str:
    """Puts another picture of the same size in the place of a file; returns its sha256."""
    with Image.open(path) as old:
        side = min(old.size)
        shape = old.size
    image = Image.fromarray(natural(seed, side))
    buffer = io.BytesIO()
    (image if image.size == shape else image.resize(shape)).save(buffer, "PNG", compress_level=1)
    path.write_bytes(buffer.getvalue())
    return hashlib.sha256(buffer.getvalue()).hexdigest()


def _with_digests(results: Results, digests: dict[str, str]) -> Results:
    classes = [
        entry.model_copy(
            update={
                "pictures": [
                    picture.model_copy(update={"sha256": digests[picture.file]}) for picture in entry.pictures
                ]
            }
        )
        for entry in results.classes
    ]
    return results.model_copy(update={"classes": classes})

"""Horama 0.3.0, `maco` with its defaults: 1,000 steps of NAdam at 1.0, six crops each, on a 1,280-px canvas.

What is changed so that it imports and runs: matplotlib, which only shows pictures, is an empty module. `maco`
wants a file of magnitudes that it downloads at first use; where none is given, one is made from the
amplitudes of the baseline (photographs' spectra of decorrelated colours, which is what that file holds). Its
range of values, -2.5 to 2.5, is mapped to the network's -1 to 1. Intermediate pictures are what its
preconditioner returns at that step. A class takes minutes, in which a machine does other things too: its
seconds are steps times the median second of a step.
"""

import sys
import time
import types
from pathlib import Path

import numpy as np
import torch
from passes import counted
from peers_cache import Piece, as_looked_at
from torch import Tensor, nn

from audit.image_stats import bundled

RANGE = 2.5
TEMPLATE = 512
"""Side of the made file of magnitudes; Horama resizes it to its canvas."""
PATCHES = "matplotlib: empty module; magnitudes from a file instead of a download"


def version() -> str:
    """ImportError where it is not installed."""
    from importlib.metadata import version

    return f"horama {version('horama')}"


def magnitudes(path: Path) -> None:
    """Write float32 `[3, 512, 257]`, the magnitudes of photographs, to `path`."""
    baseline = bundled(224, 224)
    assert baseline is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, baseline.prior.amplitude(TEMPLATE, TEMPLATE).numpy())


def draw(network: nn.Module, class_index: int, steps: list[int], seed: int, spectrum: Path) -> Piece:
    """One class; `steps` are the checkpoints, the last one the end."""
    maco_fv, plots = _modules()
    torch.manual_seed(seed)
    own = maco_fv.maco_preconditioner
    kept: list[Tensor] = []
    times: list[float] = []

    def watched(*args: object) -> Tensor:
        image = own(*args)
        # The first render precedes the first step.
        if len(times) in steps:
            kept.append(image.detach().clone())
        times.append(time.perf_counter())
        return image

    def objective(images: Tensor) -> Tensor:
        return torch.mean(network(images / RANGE)[:, class_index])

    maco_fv.maco_preconditioner, maco_fv.MACO_SPECTRUM_FILENAME = watched, str(spectrum.resolve())
    try:
        with counted(network) as passes:
            _, transparency = maco_fv.maco(objective, total_steps=steps[-1], device="cpu")
    finally:
        maco_fv.maco_preconditioner = own
    variants = [_variants(plots, image, transparency) for image in kept]
    each, second = passes.views / steps[-1], float(np.median(np.diff(times)))
    return Piece(
        [class_index],
        steps,
        np.array([n * second for n in steps])[:, None],
        np.array([n * each for n in steps])[:, None],
        {name: np.stack([v[name] for v in variants])[:, None] for name in variants[0]},
    )


def _variants(plots: types.ModuleType, image: Tensor, transparency: Tensor) -> dict[str, np.ndarray]:
    """The canvas with its contrast as `plot_maco` stretches it; its central quarter, where the crops fall;
    and the canvas as `plot_maco` shows it, fading to white where they do not (by the final transparency)."""
    canvas = plots.normalize(plots.clip_percentile(plots.check_format(image), 1.0))
    alpha = plots.check_format(transparency).mean(-1, keepdims=True)
    alpha = np.clip(alpha, None, np.percentile(alpha, 80))
    alpha = alpha / alpha.max()
    quarter = canvas.shape[0] // 4
    found = {
        "canvas": canvas,
        "centre": canvas[quarter:-quarter, quarter:-quarter],
        "shown": canvas * alpha + 1 - alpha,
    }
    return {name: as_looked_at(torch.from_numpy(a).permute(2, 0, 1)) for name, a in found.items()}


def _modules() -> tuple[types.ModuleType, types.ModuleType]:
    if "matplotlib" not in sys.modules:
        sys.modules["matplotlib"] = types.ModuleType("matplotlib")
        sys.modules["matplotlib.pyplot"] = types.ModuleType("matplotlib.pyplot")
        sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]  # pyright: ignore
    from horama import maco_fv, plots

    return maco_fv, plots

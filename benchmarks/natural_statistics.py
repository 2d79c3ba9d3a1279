"""Statistics of photographs beside those of a second sample, and what they tell apart.

    AUDIT_ASSETS=FOLDER python benchmarks/natural_statistics.py > benchmarks/natural_statistics.txt

Photographs at 224 px: shorter side to 256 (bilinear, antialiased), centre crop, 8 bits. The shipped
baseline was made from every fourth ImageNet class; what is told apart here are photographs of other
classes, against the same photographs disturbed: random-sign noise of k/255 (a stand-in for an attack
under an L-infinity bound), all phases of the luma and chroma planes scrambled together, JPEG at quality 75.
"""

import io
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.stats import mannwhitneyu
from torch import Tensor

from audit.image_stats import STATISTICS, Baseline, bundled, measure, to_uint8_grid
from audit.images.decode import TooSmallError, decode
from audit.images.discover import find

# Median, 5th and 95th percentile of a second sample: 250 ImageNet photographs on the same path, measured
# with another implementation. It gives one range for all three Haar levels.
REFERENCE = {
    "spectral_slope": (2.61, 1.83, 3.25),
    "high_frequency": (0.025, 0.003, 0.10),
    "anisotropy": (math.log(1.56), math.log(0.56), math.log(11.5)),
    "correlation_rg": (0.958, 0.64, 0.998),
    "correlation_gb": (0.957, 0.77, 0.998),
    "correlation_rb": (0.892, 0.40, 0.995),
    "first_component": (0.953, 0.78, 0.998),
    "derivative_kurtosis": (16.8, 5.6, 59),
    "derivative_shape": (0.48, 0.26, 1.01),
    "weibull_shape": (0.89, 0.60, 1.40),
    "weibull_scale": (6.4, 1.9, 12.8),
    "haar_shape_1": (0.46, 0.26, 1.1),
    "haar_shape_2": (0.50, 0.26, 1.1),
    "haar_shape_3": (0.59, 0.26, 1.1),
    "noise": (1.7, 0.57, 7.1),
    "mscn_shape": (2.06, 1.3, 2.9),
    "mscn_variance": (0.247, 0.12, 0.42),
    "mscn_kurtosis": (2.99, 2.5, 4.3),
    "contrast": (0.218, 0.12, 0.32),
    "entropy": (7.36, 5.8, 7.75),
    "total_variation": (0.056, 0.023, 0.128),
}


def unseen_photographs(assets: Path) -> Tensor:
    """Photographs of classes that the baseline does not hold: [n, 3, 224, 224]."""
    wnids = (assets / "zoo" / "imagenet_wnids.txt").read_text().split()
    images: list[Tensor] = []
    for index, wnid in enumerate(wnids):
        folder = assets / "images" / "imagenet" / wnid
        if index % 4 == 0 or not folder.is_dir():
            continue
        for path in find(folder):
            try:
                images.append(decode(path, 224, 224, 256).pixels)
            except TooSmallError:
                continue
    return torch.stack(images).float() / 255


def signs(k: int) -> Callable[[Tensor], Tensor]:
    def disturb(images: Tensor) -> Tensor:
        g = torch.Generator().manual_seed(k)
        return images + (torch.randint(0, 2, images.shape, generator=g) * 2 - 1) * k / 255

    return disturb


def scrambled(images: Tensor) -> Tensor:
    """Random phases, the same in all channels: spectrum and colour correlations stay."""
    g = torch.Generator().manual_seed(0)
    noise = torch.fft.rfft2(torch.randn(len(images), 1, *images.shape[-2:], generator=g))
    noise[..., 0, 0] = 1
    return torch.fft.irfft2(torch.fft.rfft2(images) * noise / noise.abs(), s=images.shape[-2:])


def jpeg(images: Tensor) -> Tensor:
    out: list[Tensor] = []
    for image in images:
        file = io.BytesIO()
        pixels = (image * 255).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(file, format="JPEG", quality=75)
        out.append(torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1).float() / 255)
    return torch.stack(out)


def auc(disturbed: np.ndarray, natural: np.ndarray) -> float:
    """Probability that a disturbed picture has the larger value (0.5: told apart not at all)."""
    a, b = disturbed[np.isfinite(disturbed)], natural[np.isfinite(natural)]
    return float(mannwhitneyu(a, b).statistic) / (len(a) * len(b)) if len(a) else math.nan


def print_figures(baseline: Baseline) -> None:
    print(f"Baseline {baseline.id}: {baseline.provenance}\n")
    print(f"{'statistic':20s}   median      5 %     95 % |  second sample      5 %     95 %")
    for id in STATISTICS:
        own = " ".join(f"{baseline.quantile(id, q):8.3f}" for q in (50, 5, 95))
        other = REFERENCE[id]
        print(f"{id:20s} {own} | {other[0]:14.3f} {other[1]:8.3f} {other[2]:8.3f}")


def print_separation(baseline: Baseline, images: Tensor) -> None:
    started = time.perf_counter()
    natural = measure(images)
    seconds = time.perf_counter() - started
    rate = 100 * seconds / len(images)
    print(f"\n{len(images)} unseen photographs, measured in {rate:.1f} s per 100 (one thread)")
    kinds: dict[str, Callable[[Tensor], Tensor]] = {f"±{k}": signs(k) for k in (1, 2, 4, 8)}
    kinds |= {"scrambled": scrambled, "JPEG-75": jpeg}
    values = {kind: measure(to_uint8_grid(disturb(images))) for kind, disturb in kinds.items()}
    print("\nAUC against natural (over 0.5: larger than in photographs); last: share of unseen photographs")
    print("beyond the baseline's 2.5th or 97.5th percentile (expected 0.05)")
    print(f"{'statistic':20s} " + " ".join(f"{kind:>9s}" for kind in kinds) + "   outside")
    for id in STATISTICS:
        row = " ".join(f"{auc(values[kind][id], natural[id]):9.2f}" for kind in kinds)
        place = baseline.percentile(id, natural[id])
        print(f"{id:20s} {row} {np.mean((place < 2.5) | (place > 97.5)):9.3f}")


def main() -> None:
    torch.set_num_threads(1)
    assets = os.environ.get("AUDIT_ASSETS")
    baseline = bundled(224, 224)
    if not assets or baseline is None:
        sys.exit("AUDIT_ASSETS must name the folder of photographs")
    print_figures(baseline)
    print_separation(baseline, unseen_photographs(Path(assets)))


if __name__ == "__main__":
    main()

"""Which recipe draws pictures that a second network recognises: one setting changed at a time.

    AUDIT_ASSETS=... python benchmarks/sweep.py [--every 20] [--seed 0] [VARIANT ...]

Tuned on the ImageNet classes 5 modulo 10 alone (`--every 20` takes every second of them), MobileNetV2 drawn,
MobileNetV1 judging; differences are paired by class, with their standard errors. What was tried besides, in
ways that are no settings, stands in recipe.txt.
"""

import argparse

import common
import torch
import transfer

from audit.config import read_config
from audit.image_stats import STATISTICS, bundled, measure
from audit.synthesis.memory import reuse_memory

BASE = ("synthesis.restarts=1", "synthesis.views=96")
VARIANTS = {
    "default": (),
    "views 64": ("synthesis.views=64",),
    "views 128": ("synthesis.views=128",),
    "views 192": ("synthesis.views=192",),
    "two restarts": ("synthesis.restarts=2",),
    "no sparsity": ("synthesis.sparsity=0",),
    "sparsity 0.5": ("synthesis.sparsity=0.5",),
    "sparsity 2": ("synthesis.sparsity=2",),
    "same pace": ("synthesis.step_budget=[1, 1]",),
    "places inside": ("synthesis.reach=1",),
    "margin": ('synthesis.objective="margin"',),
    "mix": ('synthesis.objective="mix"',),
    "rates x 0.5": ("synthesis.rate=0.05", "synthesis.coarse_rate=0.1"),
    "rates x 2": ("synthesis.rate=0.2", "synthesis.coarse_rate=0.4"),
    "full size only": ("synthesis.coarse_share=0",),
    "coarse 0.35": ("synthesis.coarse_share=0.35",),
    "coarse at 128 px": ("synthesis.coarse=0.57",),
    "closer views": ("synthesis.crop=[0.35, 1]",),
    "wider views": ("synthesis.crop=[0.65, 1]",),
    "no rotation": ("synthesis.rotation=0",),
    "no noise": ("synthesis.noise=0",),
}
FREE = [id for id, statistic in STATISTICS.items() if not statistic.held]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("variants", nargs="*", help=f"of: {', '.join(VARIANTS)}")
    parser.add_argument("--every", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    reuse_memory()
    classifier, transfer_model = common.mobilenet_v2(), common.mobilenet_v1()
    classes = list(range(5, 1000, args.every))
    print(f"{len(classes)} classes, seed {args.seed}, {' '.join(BASE)} unless said otherwise")
    columns = ("views", "top-1", "top-5", "p", "p - default's", "error", "free inside")
    print(f"{'':<18}" + "".join(f" {column:>13}" for column in columns))
    default = None
    for name in ["default", *(v for v in args.variants or VARIANTS if v != "default")]:
        config = read_config("quick", [*BASE, *VARIANTS[name]])
        part = transfer.one_seed(classifier, transfer_model, config, classes, args.seed)
        default = part if default is None else default
        gap = (part.table - default.table)[:, 2]
        error = gap.std() / len(gap) ** 0.5
        values = (*part.table.mean(0)[:3].tolist(), float(gap.mean()), float(error), inside(part.images))
        cells = "".join(f" {value:>13.3f}" for value in values)
        print(f"{name:<18} {part.views / len(classes):>13.1f}{cells}", flush=True)


def inside(images: torch.Tensor) -> float:
    """Share of the statistics that the prior leaves free inside the natural 5th to 95th percentile."""
    baseline = bundled(*images.shape[-2:])
    assert baseline is not None
    values = measure(images)
    places = [baseline.percentile(id, values[id]) for id in FREE]
    return sum(((place >= 5) & (place <= 95)).mean() for place in places) / len(places)


if __name__ == "__main__":
    main()

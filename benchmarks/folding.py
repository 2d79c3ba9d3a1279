"""Seconds of a folded network over those of the network itself: forward and gradient, 8 images of 224 px.

    [AUDIT_ASSETS=...] python benchmarks/folding.py [NAME...] [--pairs 7]

Architectures of torchvision with random weights, which take the same time as trained ones; with AUDIT_ASSETS
MobileNetV2 as it came from TensorFlow too, whose batch norms are folded already and whose padding is not. One
process, channels-last, reusing memory; sides alternate, a ratio per pair and their median.
"""

import argparse
import os
import statistics
import time

import common
import torch

import audit
from audit.synthesis.memory import reuse_memory

NAMES = ("resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0", "densenet121",
         "convnext_tiny", "vit_b_16")  # fmt: skip
IMAGES = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--pairs", type=int, default=7)
    args = parser.parse_args()
    reuse_memory()
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"{'':24}{'ms a view':>10}{'folded':>8}{'ratio':>8}   pairs")
    if os.environ.get("AUDIT_ASSETS"):
        row("MobileNetV2 (TensorFlow)", common.mobilenet_v2(), args.pairs)
    for name in args.names:
        row(name, audit.load(f"torchvision:{name}@none", input_size=224), args.pairs)


def row(name: str, classifier, pairs: int) -> None:
    cheaper = classifier.folded()
    if cheaper.module is classifier.module:
        print(f"{name:24}nothing to fold")
        return
    times = [(seconds(classifier), seconds(cheaper)) for _ in range(pairs + 1)][1:]
    plain, folded = (1000 / IMAGES * statistics.median(side) for side in zip(*times, strict=True))
    ratios = sorted(b / a for a, b in times)
    spread = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"{name:24}{plain:>10.1f}{folded:>8.1f}{statistics.median(ratios):>8.2f}   {spread}", flush=True)


def seconds(classifier) -> float:
    """Of one pass forward and back."""
    images = torch.rand(IMAGES, 3, 224, 224).requires_grad_(True)
    began = time.perf_counter()
    torch.autograd.grad(classifier.logits(images)[:, 0].sum(), images)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

"""What the engine costs beyond the bare network: its seconds over those of the network alone.

    AUDIT_ASSETS=... python benchmarks/overhead.py [--config quick] [--batch 16] [--pairs 5]

One process; MobileNetV2 at 224 px; both sides do the same number of views of the same sizes, batch and
dtype, both channels-last, both reusing memory. The bare side is a forward pass and the gradient of the own
logits with respect to a fixed normalised input. Sides alternate; a ratio per pair, and their median.
"""

import argparse
import statistics
import time

import common
import torch

from audit.config import read_config
from audit.statistics import bundled
from audit.synthesis.engine import Job
from audit.synthesis.memory import reuse_memory
from audit.synthesis.pictures import draw_natural, draw_unconstrained, natural_phases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--config", default="quick")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--pairs", type=int, default=5)
    args = parser.parse_args()
    reuse_memory()
    classifier = common.mobilenet_v2()
    settings = read_config(args.config)
    config = settings.synthesis
    baseline = bundled(*classifier.size)
    assert baseline is not None
    jobs = [Job(c, 0) for c in range(args.batch)]
    phases = natural_phases(classifier, config)
    bare_phases = phases[-1:]
    bare_config = settings.unconstrained.model_copy(update={"views": 12, "restarts": 1})
    sides = {
        "natural prior": (
            lambda: draw_natural(classifier, jobs, baseline.prior, config, 0),
            [(p.height, p.width, p.steps) for p in phases],
        ),
        "no prior": (
            lambda: draw_unconstrained(classifier, jobs, bare_config, 0),
            [(p.height, p.width, 12) for p in bare_phases],
        ),
    }
    print(f"batch {args.batch}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for name, (engine, sizes) in sides.items():
        bare(classifier, jobs, [(h, w, 2) for h, w, _ in sizes])
        ratios, ours, theirs = [], [], []
        for _ in range(args.pairs):
            ours.append(timed(engine))
            theirs.append(timed(lambda s=sizes: bare(classifier, jobs, s)))
            ratios.append(ours[-1] / theirs[-1])
        plan = ", ".join(f"{steps} steps at {h} px" for h, _, steps in sizes)
        spread = ", ".join(f"{r:.3f}" for r in sorted(ratios))
        print(
            f"{name}: {plan}; engine {statistics.median(ours):.2f} s, bare {statistics.median(theirs):.2f} s"
        )
        print(f"  overhead {statistics.median(ratios):.3f} (pairs {spread})", flush=True)


def bare(classifier, jobs, sizes) -> None:
    labels = torch.tensor([job.class_index for job in jobs])
    for height, width, steps in sizes:
        images = torch.rand(len(jobs), 3, height, width).contiguous(memory_format=torch.channels_last)
        images = (images * 2 - 1).requires_grad_(True)
        for _ in range(steps):
            own = classifier.module(images).gather(1, labels[:, None]).sum()
            torch.autograd.grad(own, images)


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

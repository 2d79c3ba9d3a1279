"""Seconds per view of the engine at 1, 4, 16 and 64 slots, over those of the bare network as it was loaded.

    AUDIT_ASSETS=... python benchmarks/throughput.py [--slots 1,4,16,64] [--preset quick]
        [--set synthesis.views=32 ...] [--pairs 3]

One process, MobileNetV2 at 224 px. Every pass that the engine asks of the network is noted (images, height,
width) and then asked of the bare network again, forward and gradient of the own logits with respect to a
fixed normalised input: the same views in the same batches, whatever the engine's schedule. Sides alternate;
medians over pairs. Both are channels-last and reuse memory.
"""

import argparse
import statistics
import time

import common
import torch
from passes import FULL, Passes, counted, replay

from audit.config import read_config
from audit.image_stats import bundled
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job
from audit.synthesis.memory import reuse_memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--slots", default="1,4,16,64")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--pairs", type=int, default=3)
    args = parser.parse_args()
    reuse_memory()
    classifier = common.mobilenet_v2()
    folded = classifier.folded().module
    print(f"{args.preset} {' '.join(args.set)}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"{'slots':>5}{'views':>8}{'ms a view':>11}{'bare':>8}{'ratio':>8}   pairs")
    for slots in map(int, args.slots.split(",")):
        # As many pictures as slots; where the engine counts slots itself, it is told.
        config = read_config(args.preset, [*args.set, f"synthesis.batch={slots}", "synthesis.restarts=1"])
        engine, bare, ratios, views = [], [], [], 0.0
        replay(classifier.module, Passes([(slots, FULL, FULL)]))
        for _ in range(args.pairs):
            with counted(folded) as passes:
                began = time.perf_counter()
                _draw(classifier, config, slots)
                engine.append(time.perf_counter() - began)
            began = time.perf_counter()
            replay(classifier.module, passes)
            bare.append(time.perf_counter() - began)
            ratios.append(engine[-1] / bare[-1])
            views = passes.views
        ours, theirs = (1000 * statistics.median(side) / views for side in (engine, bare))
        spread = " ".join(f"{ratio:.3f}" for ratio in sorted(ratios))
        print(
            f"{slots:>5}{views:>8.0f}{ours:>11.1f}{theirs:>8.1f}{statistics.median(ratios):>8.3f}   {spread}",
            flush=True,
        )


def _draw(classifier, config, slots) -> None:
    baseline = bundled(*classifier.size)
    assert baseline is not None
    jobs = [Job(c, 0) for c in range(slots)]
    draw_natural(classifier, jobs, baseline.prior, config.synthesis, config.seed)


if __name__ == "__main__":
    main()

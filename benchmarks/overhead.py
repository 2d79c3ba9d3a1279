"""What the engine costs beyond the bare network: its seconds over those of the network alone.

    AUDIT_ASSETS=... python benchmarks/overhead.py [--preset quick] [--batch 16] [--jobs 64] [--pairs 5]
        [--set synthesis.views=40 ...]

One process; MobileNetV2 at 224 px. The passes that the engine asks of the network are noted, and then asked
of the bare network as it was loaded: the same views of the same sizes in the same batches, all channels-last,
all reusing memory. Sides alternate; a ratio per pair, and their median. "A unit" is what `audit run` draws at
a time, four batches, so that slots are refilled; "one batch" never refills and thins out towards its end;
`coarse` and `fine` are its two phases alone. The engine asks a folded network
(`audit.classifier.fast.folding`) and can take less than the bare one: what it does besides is told by the
second ratio, over the folded one.
"""

import argparse
import statistics
import time
from dataclasses import replace

import common
import torch
from passes import counted, replay

from audit.config import read_config
from audit.image_stats import bundled
from audit.synthesis.class_pictures import draw_natural, draw_unconstrained, natural_phases
from audit.synthesis.engine import Job
from audit.synthesis.memory import reuse_memory

COARSE = 100
"""Steps of the coarse phase alone, about as long as 32 of the fine one."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--jobs", type=int, default=64)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--pairs", type=int, default=5)
    args = parser.parse_args()
    reuse_memory()
    classifier = common.mobilenet_v2()
    resolved = read_config(
        args.preset, [f"synthesis.batch={args.batch}", f"unconstrained.batch={args.batch}", *args.set]
    )
    config, folded = resolved.synthesis, classifier.folded().module
    baseline = bundled(*classifier.size)
    assert baseline is not None
    unit = [Job(c, 0) for c in range(args.jobs)]
    jobs = unit[: args.batch]
    coarse, fine = natural_phases(classifier, config)
    coarse, fine = replace(coarse, steps=COARSE), replace(fine, steps=32)
    bare_config = resolved.unconstrained.model_copy(update={"views": 24, "restarts": 1})
    sides = {
        f"a unit of {len(unit)}": lambda: draw_natural(classifier, unit, baseline.prior, config, 0),
        "one batch": lambda: draw_natural(classifier, jobs, baseline.prior, config, 0),
        f"coarse, {coarse.height} px": lambda: draw_natural(
            classifier, jobs, baseline.prior, config, 0, planned=[coarse]
        ),
        f"fine, {fine.height} px": lambda: draw_natural(
            classifier, jobs, baseline.prior, config, 0, planned=[fine]
        ),
        "no prior": lambda: draw_unconstrained(classifier, jobs, bare_config, 0),
    }
    settings = " ".join([args.preset, *args.set])
    print(f"{settings}, batch {args.batch}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for name, engine in sides.items():
        ratios, besides, ours, theirs, views = [], [], [], [], 0.0
        for pair in range(args.pairs + 1):
            began = time.perf_counter()
            with counted(folded) as passes:
                engine()
            drawn = time.perf_counter()
            replay(classifier.module, passes)
            replayed = time.perf_counter()
            replay(folded, passes)
            ended = time.perf_counter()
            if pair:  # the first one warms up
                ours.append(drawn - began)
                theirs.append(replayed - drawn)
                ratios.append(ours[-1] / theirs[-1])
                besides.append(ours[-1] / (ended - replayed))
                views = passes.views
        spread = ", ".join(f"{r:.3f}" for r in sorted(ratios))
        seconds = f"engine {statistics.median(ours):.2f} s, bare {statistics.median(theirs):.2f} s"
        print(f"{name}, {views:.0f} views: {seconds}")
        print(f"  overhead {statistics.median(ratios):.3f} (pairs {spread})")
        print(f"  over the folded network {statistics.median(besides):.3f}", flush=True)


if __name__ == "__main__":
    main()

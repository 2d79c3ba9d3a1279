"""Random small networks are loaded and drawn, or end in one line: never a traceback, never a wrong answer.

    python benchmarks/random_networks.py [--count N] [--first K] [--workers W]

Network K is the same on every machine (`tests/network_generator.py`). What must happen is known from plain
torch: a deterministic network with finite logits and a gradient must run; one that draws random numbers,
gives probabilities or passes no gradient must be refused. Of others either is right, in one line. The logits
of those that run must be those of the plain module: in batches of 1, 2, 3 and 5, with gradients and without,
folded and not, before and after one class is drawn. A live module must stay as it was
(`tests/network_trial.py`).
Exits with 1 where any network did neither, or something wrong.
"""

import argparse
import gc
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import torch
from network_generator import random_network
from network_source import IMPORTS
from network_trial import NEITHER, ONE_LINE, RAN, WRONG, Outcome, trial


def start() -> None:
    """Once for each process."""
    torch.set_num_threads(1)
    gc.freeze()  # imports stay to the end: loading a network collects all garbage


def tried(number: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return trial(random_network(number), Path(folder))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=min(8, os.cpu_count() or 1))
    asked = parser.parse_args()
    began = time.perf_counter()
    numbers = range(asked.first, asked.first + asked.count)
    with multiprocessing.get_context("spawn").Pool(asked.workers, start) as pool:
        outcomes = pool.map(tried, numbers, chunksize=5)
    seconds = time.perf_counter() - began
    print(f"torch {torch.__version__}, Python {platform.python_version()}")
    print(f"networks {numbers.start} to {numbers.stop - 1}: {seconds:.0f} s, {asked.workers} processes")
    kinds = Counter(outcome.kind for outcome in outcomes)
    for kind in (RAN, ONE_LINE, NEITHER, WRONG):
        musts = Counter(outcome.must for outcome in outcomes if outcome.kind == kind)
        parts = ", ".join(f"{n} that {PLAIN[must]}" for must, n in sorted(musts.items()))
        print(f"{kind}: {kinds[kind]}" + (f" ({parts})" if parts else ""))
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(f"slowest: network {slowest.number}, {slowest.seconds:.1f} s")
    print("\nrefused because")
    for reason, n in Counter(o.reason for o in outcomes if o.kind == ONE_LINE).most_common():
        print(f"{n:6} {reason}")
    bad = [outcome for outcome in outcomes if outcome.kind in (NEITHER, WRONG)]
    for outcome in bad:
        network = random_network(outcome.number)
        size = f"{network.channels} x {network.size[0]} x {network.size[1]}"
        way = "file" if network.from_file else "live module"
        print(f"\n{outcome.kind}: network {outcome.number}, {size}, {way}, {PLAIN[outcome.must]}")
        print(f"  {outcome.said}\n  parts: {'; '.join(network.parts)}")
        print("\n".join(f"  | {line}" for line in network.source.removeprefix(IMPORTS).strip().splitlines()))
    return 1 if bad else 0


PLAIN = {
    "runs": "must run",
    "refused": "must be refused",
    "either": "may do either",
    "": "were not understood",
}
"""What must happen, in words."""

if __name__ == "__main__":
    sys.exit(main())

"""What busy neighbours cost: seconds of a run alone and beside them, by how its threads wait for each other.

    python benchmarks/neighbours.py [--pairs 5] [--neighbours 3] [--cores 2] [--spins 300000,10000,0]
        [--set KEY=VALUE ...]

All run on the same cores. `--spins` are values of GOMP_SPINCOUNT: libgomp's own default is 300,000, and
`audit` sets audit.threads.SPINS; 0 is OMP_WAIT_POLICY=PASSIVE. Settings alternate; ratios are within a round.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager

from audit.threads import OWN, SPINS, cores

LOOP = [sys.executable, "-c", "while True: pass"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--neighbours", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--spins", default=f"300000,{SPINS},0")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.cores])  # children inherit it
    print(f"demo, quick {' '.join(args.set)}, {cores()} cores, {args.pairs} rounds")
    spins = [int(text) for text in args.spins.split(",")]
    for busy in (0, args.neighbours):
        seconds: dict[int, list[float]] = {spin: [] for spin in spins}
        with _neighbours(busy):
            for number in range(args.pairs):
                for spin in spins if number % 2 == 0 else reversed(spins):
                    seconds[spin].append(_run(spin, args.set))
        print("alone" if not busy else f"beside {busy} busy neighbours")
        for spin, own in seconds.items():
            ratio = statistics.median(a / b for a, b in zip(own, seconds[spins[0]], strict=True))
            each = ", ".join(f"{one:.1f}" for one in sorted(own))
            print(
                f"  {spin:>7} spins: {statistics.median(own):6.1f} s ({each}), ratio {ratio:.2f}", flush=True
            )


def _run(spins: int, settings: list[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name not in (*OWN, "OMP_NUM_THREADS")}
    environment["GOMP_SPINCOUNT"] = str(spins)
    with tempfile.TemporaryDirectory(prefix="audit-neighbours-") as folder:
        command = [sys.executable, "-m", "audit", "run", "demo", "--preset", "quick", "--out", folder]
        command += [word for setting in settings for word in ("--set", setting)]
        began = time.perf_counter()
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode not in (0, 3):
            sys.exit(f"exit code {done.returncode}: {' '.join(command)}\n{done.stderr}")
        return time.perf_counter() - began


@contextmanager
def _neighbours(count: int) -> Generator[None]:
    processes = [subprocess.Popen(LOOP, stdin=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()

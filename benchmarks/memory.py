"""Does memory grow with the number of classes? Peak memory of `audit run` for 10 and for all classes.

    AUDIT_ASSETS=... python benchmarks/memory.py [--classes 10,1000] [--runs 3] [--set KEY=VALUE ...]

MobileNetV2 at 224 px. One process per run; its peak is what the system says after it ended (ru_maxrss). The
same run's peak differs by some per cent, by how batches find free memory: medians over runs.
Few views, so that the pictures are bad and the memory is that of a real run: as many slots, and all stages.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common

SETTINGS = (
    "synthesis.restarts=2", "synthesis.views=8", "unconstrained.classes=8", "unconstrained.views=4",
    "robustness.images=32", "robustness.steps=2",
)  # fmt: skip
"""Two restarts, so that ten classes fill a batch too; views for two or three steps at the full size, after
which a run's heap has stopped to grow."""
LIMIT = 0.05
MIB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--classes", default="10,1000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = parser.parse_args()
    settings = [*SETTINGS, *args.set]
    print(f"quick, {' '.join(settings)}")
    medians = []
    for count in map(int, args.classes.split(",")):
        found = [_run(count, settings) for _ in range(args.runs)]
        peaks = sorted(peak / MIB for peak, _ in found)
        medians.append(statistics.median(peaks))
        each = ", ".join(f"{peak:,.0f}" for peak in peaks)
        seconds = statistics.median(seconds for _, seconds in found)
        print(f"{count:>5} classes: peak {medians[-1]:,.0f} MiB ({each}), {seconds:.0f} s", flush=True)
    change = max(medians) / min(medians) - 1
    print(f"largest over smallest: {change:+.1%} (limit {LIMIT:.0%})")


def _run(count: int, settings: list[str]) -> tuple[int, float]:
    """Peak bytes and seconds of one run of `count` classes, evenly spread."""
    zoo = common.assets() / "zoo"
    with tempfile.TemporaryDirectory(prefix="audit-memory-") as folder:
        command = [
            sys.executable, "-m", "audit", "run", f"{zoo}/mobilenet.py:imagenet_v2",
            "--classes", f"{zoo}/imagenet_class_index.json", "--input-size", "224", "--resize", "256",
            "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5", "--preset", "quick",
            "--only", f"::{1000 // count}", "--out", str(Path(folder, "run")),
            *(word for setting in settings for word in ("--set", setting)),
        ]  # fmt: skip
        began = time.perf_counter()
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)  # else Popen waits for it again
        if process.returncode:
            sys.exit(
                f"exit code {process.returncode}: {' '.join(command)}\n{log.read_text(errors='replace')}"
            )
        unit = 1 if sys.platform == "darwin" else 1024  # kilobytes on Linux
        return usage.ru_maxrss * unit, time.perf_counter() - began


if __name__ == "__main__":
    main()

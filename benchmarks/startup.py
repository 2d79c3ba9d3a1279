"""How long until work begins: `audit run demo --preset quick` up to the line "begun", against `import torch`.

    python benchmarks/startup.py [--pairs 9]

In alternation, since a shared machine is not equally fast all the time. User seconds are what the kernel
counted for the process in its own code; seconds are by the clock. "first line" is how long nothing is said.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

TORCH = [sys.executable, "-c", "import torch"]
SLIPS = (
    ["run", "torchvision:resnet5O"],
    ["run", "demo", "--preset", "quik"],
    ["run", "demo", "--images", "nowhere"],
    ["run", "demo", "--policy", "relese"],
)
"""Answered before torch is imported."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=9)
    args = parser.parse_args()
    torch, begun, first = [], [], []
    for _ in range(args.pairs):
        torch.append(_until(TORCH, None)[:2])
        with tempfile.TemporaryDirectory(prefix="audit-startup-") as folder:
            run = [sys.executable, "-m", "audit", "run", "demo", "--preset", "quick", "--out", folder]
            wall, user, said = _until(run, "begun")
        begun.append((wall, user))
        first.append(said)
    for place, what in ((0, "seconds"), (1, "user seconds")):
        ratio = statistics.median(b[place] / a[place] for a, b in zip(torch, begun, strict=True))
        medians = [statistics.median(one[place] for one in ones) for ones in (torch, begun)]
        print(
            f"{what:<18} import torch {medians[0]:.2f}, until work begins {medians[1]:.2f}, ratio {ratio:.2f}"
        )
    print(f"first line after {statistics.median(first):.2f} s (median of {args.pairs} pairs)")
    for words in SLIPS:
        found = [_until([sys.executable, "-m", "audit", *words], None) for _ in range(3)]
        wall, user = (statistics.median(one[place] for one in found) for place in (0, 1))
        print(f"audit {' '.join(words)}: answered in {wall:.2f} s, {user:.2f} user seconds")


def _until(command: list[str], line: str | None) -> tuple[float, float, float]:
    """Seconds and user seconds until a line begins so, or to the end; seconds to the first line."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    first = None
    for text in process.stdout:
        first = first or time.perf_counter() - began
        if line and text.startswith(line):
            process.kill()
            break
    seconds = time.perf_counter() - began
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # else Popen waits for it again
    return seconds, usage.ru_utime, first or seconds


if __name__ == "__main__":
    main()

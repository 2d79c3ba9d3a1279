"""All 1,000 classes of MobileNetV2 with photographs at `quick`: minutes and memory of stages, size of page.

    AUDIT_ASSETS=... python benchmarks/whole_network.py [--out FOLDER] [--only ::10]

Run alone: it takes most of an hour on two cores. On a finished folder it prints what computing took.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import common

BUDGET = {"pictures": 30, "unconstrained": 2, "robustness": 8}
"""Minutes; stages that have none share "the rest"."""
REST, ALL = 5, 45
GIB = 2**30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", default=":")
    args = parser.parse_args()
    out = args.out or Path(tempfile.mkdtemp(prefix="audit-"))
    zoo, images = common.assets() / "zoo", common.assets() / "images" / "imagenet"
    command = [
        sys.executable, "-m", "audit", "run", f"{zoo}/mobilenet.py:imagenet_v2",
        "--classes", f"{zoo}/imagenet_class_index.json", "--images", str(images),
        "--input-size", "224", "--resize", "256", "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5",
        "--preset", "quick", "--only", args.only, "--out", str(out / "run"),
    ]  # fmt: skip
    finished = (out / "run" / "results.json").exists()
    took, samples = _run(command)
    results = json.loads((out / "run" / "results.json").read_text())
    seconds = results["run"]["timing"]["seconds"]
    print(f"MobileNetV2, {len(results['classes'])} classes, quick, {os.cpu_count()} cores")
    peaks = _peaks(out / "run" / "units", samples)
    print(f"{'stage':<16}{'views':>10}{'minutes':>9}{'budget':>8}{'peak GiB':>10}")
    for stage in results["run"]["stages"]:
        budget = BUDGET.get(stage["name"])
        minutes = seconds[stage["name"]] / 60
        peak = f"{peaks[stage['name']] / GIB:.2f}" if stage["name"] in peaks else ""
        print(f"{stage['name']:<16}{stage['views']:>10.0f}{minutes:>9.1f}{budget or '':>8}{peak:>10}")
    computing = sum(seconds.values())
    rest = sum(s for name, s in seconds.items() if BUDGET.get(name) is None)
    if not finished:
        rest += took - computing
        print(f"{'start and page':<16}{'':>10}{(took - computing) / 60:>9.1f}")
    print(f"{'the rest':<16}{'':>10}{rest / 60:>9.1f}{REST:>8}   all stages without a budget of their own")
    print(f"{'in all':<16}{'':>10}{max(took, computing) / 60:>9.1f}{ALL:>8}")
    again, _ = _run(command)
    page = (out / "run" / "index.html").stat().st_size / 2**20
    print(f"the same command again: {again:.0f} s; page {page:.1f} MiB (limit 25)")
    print(f"peak resident memory of the process tree: {max(r for _, r in samples) / GIB:.2f} GiB (limit 4)")
    print(results["verdict"]["headline"])
    for check in results["checks"]:
        print(f"  {check['meta']['id']}: {check['outcome']}. {check['summary']}")


def _run(command: list[str]) -> tuple[float, list[tuple[float, int]]]:
    """Seconds, and (time, resident memory summed over the process and its children) five times a second."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    samples: list[tuple[float, int]] = []

    def watch() -> None:
        while process.poll() is None:
            samples.append((time.time(), sum(_resident(pid) for pid in _tree(process.pid))))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    watcher.join()
    if code:
        raise SystemExit(f"exit code {code}: {' '.join(command)}")
    return time.perf_counter() - began, samples


def _peaks(units: Path, samples: list[tuple[float, int]]) -> dict[str, int]:
    """Largest sample while each stage computed; a record is written when its unit ends."""
    peaks: dict[str, int] = {}
    for path in units.glob("*/*.json"):
        ended = path.stat().st_mtime
        began = ended - json.loads(path.read_text())["seconds"]
        inside = [resident for moment, resident in samples if began <= moment <= ended]
        if inside:
            peaks[path.parent.name] = max(peaks.get(path.parent.name, 0), *inside)
    return peaks


def _tree(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(p for child in children for p in _tree(child))]


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


if __name__ == "__main__":
    main()

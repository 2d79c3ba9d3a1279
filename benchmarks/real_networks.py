"""The whole chain on real networks: three commands, their time, and what the report ranks first.

    AUDIT_ASSETS=... python benchmarks/real_networks.py [--out FOLDER]

MobileNetV2 on every tenth ImageNet class; an ordinary and a backdoored CIFAR-10 network (target: airplane).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common

CIFAR = ("--input-size", "32", "--mean", "0,0,0", "--std", "1,1,1")
HALF = ("--input-size", "224", "--resize", "256", "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path)
    out = parser.parse_args().out or Path(tempfile.mkdtemp(prefix="audit-"))
    zoo = common.assets() / "zoo"
    cifar = ("--classes", f"{zoo}/cifar10_classes.txt", *CIFAR)
    runs = {
        "resnet20": (f"{zoo}/cifar.py:resnet20", *cifar),
        "backdoored": (f"{zoo}/cifar.py:backdoored", *cifar),
        "mobilenet_v2": (
            f"{zoo}/mobilenet.py:imagenet_v2",
            *("--classes", f"{zoo}/imagenet_class_index.json", *HALF, "--only", "::10"),
        ),
    }
    for name, arguments in runs.items():
        command = [sys.executable, "-m", "audit", "run", *arguments, "--preset", "quick"]
        stood = (out / name).exists()  # units are then reused; the stages' seconds are of the computing
        for attempt in ("resumed" if stood else "first", "again"):
            began = time.perf_counter()
            subprocess.run([*command, "--out", str(out / name)], check=True, stdout=subprocess.DEVNULL)
            print(f"{name}, {attempt}: {time.perf_counter() - began:.1f} s", flush=True)
        results = json.loads((out / name / "results.json").read_text())
        size = (out / name / "index.html").stat().st_size / 2**20
        print(f"  {len(results['classes'])} classes, page {size:.1f} MiB: {results['verdict']['headline']}")
        for stage in results["run"]["stages"]:
            seconds = results["run"]["timing"]["seconds"][stage["name"]]
            print(f"  {stage['name']}: {stage['views']:.0f} views, {seconds:.1f} s")
        names = {c["index"]: c["name"] for c in results["model"]["classes"]}
        for check in results["checks"]:
            first = ", ".join(f"{names[r['class_index']]} {r['value']:.2f}" for r in check["ranking"][:3])
            print(f"  {check['meta']['id']}: {check['outcome']}; first: {first or 'none'}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"largest resident memory of a command: {peak:.2f} GiB")


if __name__ == "__main__":
    main()

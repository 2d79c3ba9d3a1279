"""Three published CIFAR-10 networks before the release policy: with a trigger, ordinary, and hardened.

    AUDIT_ASSETS=... python benchmarks/cifar_release.py [--preset standard] [--out FOLDER] [--only NAME]

1,000 test photographs, 100 of each class. The command is that of a user; a finished folder is only printed.
Says the exit code, the outcome, what each flagged check found, and how long the stages took.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import common

NETWORKS = ("backdoored", "resnet20", "robust")
EACH = 100


def photographs(folder: Path) -> Path:
    """The first `EACH` test photographs of every class, in one folder a class."""
    found: Counter[str] = Counter()
    with zipfile.ZipFile(common.assets() / "images" / "cifar10_test.zip") as packed:
        for name in sorted(n for n in packed.namelist() if n.endswith(".jpg")):
            label = Path(name).parent.name
            if found[label] < EACH:
                found[label] += 1
                file = folder / label / Path(name).name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(packed.read(name))
    return folder


def audit(network: str, preset: str, shown: Path, out: Path) -> None:
    zoo = common.assets() / "zoo"
    done = subprocess.run(
        [
            sys.executable, "-m", "audit", "run", f"{zoo}/cifar.py:{network}",
            "--classes", f"{zoo}/cifar10_classes.txt",
            "--input-size", "32", "--mean", "0,0,0", "--std", "1,1,1",
            "--images", str(shown), "--preset", preset, "--policy", "release", "--out", str(out),
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1, 3):
        raise SystemExit(done.stderr)
    results = json.loads((out / "results.json").read_text())
    seconds = results["run"]["timing"]["seconds"]
    print(f"{network}: exit code {done.returncode}, {sum(seconds.values()):.0f} s in its stages")
    print(f"  {results['verdict']['headline']}")
    print("  seconds: " + ", ".join(f"{stage} {own:.0f}" for stage, own in seconds.items() if own >= 0.5))
    for check in results["checks"]:
        meta, tests = check["meta"], check["meta"]["kind"] == "test"
        if tests or check["outcome"] not in ("passed", "not applicable"):
            print(f"  {meta['id']}: {check['outcome']}. {check['summary']}")
        for finding in check["findings"] if tests else ():
            print(f"    {finding['verdict']}, {finding['level']}: {finding['title']} ({finding['change']})")
            print("".join(f"      {step}\n" for step in finding["steps"]), end="", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", choices=NETWORKS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.out or Path(name)
        shown = photographs(folder / "photographs")
        for network in NETWORKS if options.only is None else (options.only,):
            audit(network, options.preset, shown, folder / network)


if __name__ == "__main__":
    main()

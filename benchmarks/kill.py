"""Kill an audit at random moments: does the same command finish it, losing nothing that was finished?

    python benchmarks/kill.py [--kills 5] [--seed 0] [--model demo]

One run goes through undisturbed. Then, each in a new folder, a run is killed (SIGKILL) at a moment drawn from
the seed, and the same command is repeated. Records and pictures of finished units must keep their bytes and
modification times, results.json must equal that of the undisturbed run in all but timing and command, and no
temporary file may stay.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SETTINGS = ("--config", "quick", "--set", "synthesis.batch=4", "--set", "unconstrained.batch=4")
"""Small batches: more units, so that a kill finds some of them finished."""

ROW = "{:>4}  {:>16}  {:>8}  {:>9} | {:>8}  {:>9}  {:>7}  {:>8}  {:>7}"
HEADS = ("kept", "temporary", "results", "pictures", "seconds")
"""Right of the bar: after the same command was repeated."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="demo")
    args = parser.parse_args()
    moments = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole")
        began = time.perf_counter()
        finish(args.model, whole)
        units = len(records(whole))
        pace = computing(whole) / units
        print(f"audit run {args.model} {' '.join(SETTINGS)}")
        print(f"undisturbed: {units} units, {time.perf_counter() - began:.1f} s\n")
        print(ROW.format("kill", "killed after", "finished", "temporary", *HEADS))
        good = True
        for number in range(1, args.kills + 1):
            out = Path(folder, f"run{number}")
            moment = moments.uniform(0, units)
            wait = moment % 1 * pace
            kill(args.model, out, int(moment), wait)
            before, done, left = finished_files(out), len(records(out)), len(temporary(out))
            began = time.perf_counter()
            finish(args.model, out)
            seconds = time.perf_counter() - began
            after = finished_files(out)
            kept, stay = sum(after.get(name) == stamp for name, stamp in before.items()), len(temporary(out))
            equal, pictures = results(out) == results(whole), contents(out) == contents(whole)
            good &= kept == len(before) and equal and pictures and stay == 0
            print(
                ROW.format(
                    *(number, f"{int(moment)} units + {wait:.2f} s", f"{done} of {units}", left),
                    *(f"{kept} of {len(before)}", stay, word(equal), word(pictures), f"{seconds:.1f}"),
                )
            )
    print("\nevery kill lost nothing that was finished" if good else "\nFAILED: see the rows above")
    sys.exit(not good)


def command(model: str, out: Path) -> list[str]:
    return [sys.executable, "-m", "audit", "run", model, *SETTINGS, "--out", str(out)]


def finish(model: str, out: Path) -> None:
    subprocess.run(command(model, out), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def kill(model: str, out: Path, units: int, delay: float) -> None:
    """Start a run and kill it `delay` seconds after it has finished so many units."""
    process = subprocess.Popen(command(model, out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not (out / "run.json").exists() or len(records(out)) < units:
        if process.poll() is not None:
            sys.exit(f"the run ended by itself, with exit code {process.returncode}")
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    process.wait()


def records(out: Path) -> list[Path]:
    return [path for path in out.glob("units/*/*.json") if not path.name.startswith(".")]


def temporary(out: Path) -> list[Path]:
    return [p for p in out.rglob(".*") if p.name != ".lock"]


def finished_files(out: Path) -> dict[str, tuple[int, bytes]]:
    """Records of finished units and the pictures they name: modification time and bytes."""
    names = [path.relative_to(out) for path in records(out)]
    for path in records(out):
        names += json.loads(path.read_text())["files"]
    return {str(name): ((out / name).stat().st_mtime_ns, (out / name).read_bytes()) for name in names}


def contents(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.glob("images/*/*"))}


def results(out: Path) -> dict[str, object]:
    document = json.loads((out / "results.json").read_text())
    del document["run"]["timing"], document["run"]["command"]
    return document


def computing(out: Path) -> float:
    """Seconds that all units took."""
    document = json.loads((out / "results.json").read_text())
    return sum(document["run"]["timing"]["seconds"].values())


def word(holds: bool) -> str:
    return "equal" if holds else "DIFFER"


if __name__ == "__main__":
    main()

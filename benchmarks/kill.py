"""Kill an audit at random moments: does the same command finish it, losing nothing that was finished?

    python benchmarks/kill.py [--kills 5] [--seed 0] [--model demo] [--images FOLDER]

The demo is given photographs of its own world, drawn here, unless --images names others; another
model has those of --images or none.

One run goes through undisturbed. Then, each in a new folder, a run is killed (SIGKILL) at a moment drawn from
the seed, and the same command is repeated. Records of finished units must keep their bytes and modification
times, their files their bytes, results.json must equal that of the undisturbed run in all but timing and
command, and no temporary file may stay.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from audit.planted.objects import CLASSES
from audit.planted.world import DEMO, render

SETTINGS = ("--preset", "quick")
SMALL = (
    "synthesis.batch=4",
    "unconstrained.batch=4",
    "photographs.batch=16",
    "robustness.batch=8",
    "robustness.images=40",
)
"""Small batches: more units, so that a kill finds some of them finished."""
PHOTOGRAPHS = 80
"""Drawn for the demo, as many of each class."""

ROW = "{:>4}  {:>16}  {:>8}  {:>9} | {:>8}  {:>9}  {:>7}  {:>8}  {:>7}"
HEADS = ("kept", "temporary", "results", "files", "seconds")
"""Right of the bar: after the same command was repeated."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--images", type=Path)
    args = parser.parse_args()
    moments = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        words = [args.model, *SETTINGS, *(word for setting in SMALL for word in ("--set", setting))]
        images = args.images
        if images is None and args.model == "demo":
            images = photographs(Path(folder, "photographs"))
        whole = Path(folder, "whole")
        print(f"audit run {' '.join(words)}{f' --images {images.name}' if images else ''}")
        if images:
            words += ["--images", str(images)]
        began = time.perf_counter()
        finish(words, whole)
        units = len(records(whole))
        pace = computing(whole) / units
        print(f"undisturbed: {units} units, {time.perf_counter() - began:.1f} s\n")
        print(ROW.format("kill", "killed after", "finished", "temporary", *HEADS))
        good = True
        for number in range(1, args.kills + 1):
            out = Path(folder, f"run{number}")
            moment = moments.uniform(0, units)
            wait = moment % 1 * pace
            kill(words, out, int(moment), wait)
            before, done, left = finished_files(out), len(records(out)), len(temporary(out))
            began = time.perf_counter()
            finish(words, out)
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


def photographs(folder: Path) -> Path:
    """A folder per class with pictures of the demo's world."""
    scenes = render(DEMO, 7, count=PHOTOGRAPHS)
    for number, (picture, label) in enumerate(zip(scenes.pictures, scenes.labels, strict=True)):
        path = folder / CLASSES[label] / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.transpose(1, 2, 0)).save(path)
    return folder


def command(words: list[str], out: Path) -> list[str]:
    return [sys.executable, "-m", "audit", "run", *words, "--out", str(out)]


def finish(words: list[str], out: Path) -> None:
    subprocess.run(command(words, out), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def kill(words: list[str], out: Path, units: int, delay: float) -> None:
    """Start a run and kill it `delay` seconds after it has finished so many units."""
    process = subprocess.Popen(command(words, out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
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
    """Records of finished units, when they were written, and the files they name.

    Of files the bytes alone count: two units may show the same photograph, and the later one writes it again.
    """
    found: dict[str, tuple[int, bytes]] = {}
    for path in records(out):
        found[str(path.relative_to(out))] = (path.stat().st_mtime_ns, path.read_bytes())
        for name in json.loads(path.read_text())["files"]:
            found[name] = (0, (out / name).read_bytes())
    return found


def contents(out: Path) -> dict[str, bytes]:
    """Pictures, and arrays beside the records."""
    files = [*out.glob("images/*/*"), *(path for path in out.glob("units/*/*") if path.suffix != ".json")]
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(files)}


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

"""Sheets to look at: 100 ImageNet classes with the transfer model's verdict, and nine dumbbells beside nine
barbells.

    AUDIT_ASSETS=... python benchmarks/backbone_sheet.py [--sheet classes|dumbbell|both] [--run RUN]
        [--preset quick] [--set KEY=VALUE ...] [--seed 0] [--out FOLDER]

MobileNetV2 (224 px), judged by MobileNetV1 (192 px) as in transfer.py. Pictures are read from a finished run,
or drawn. `classes`: those 0 modulo 10, the picture that stands for each. `dumbbell`: classes 543 and 422,
nine restarts each, best margin first: is there an arm? A page and one picture (sheet.png) in each folder.
"""

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import common
import torch
from torch import Tensor
from torch.nn import functional as F
from transfer_run import _read

from audit.classifier.margins import margin
from audit.config import read_config
from audit.image_stats import bundled
from audit.report.sheet import Row, Shown, write_sheet
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job
from audit.synthesis.memory import reuse_memory

COLUMNS = 10
DUMBBELL, RESTARTS = (543, 422), 9


@dataclass(frozen=True)
class Picture:
    class_index: int
    image: Tensor
    """`[3, h, w]`, 8 bits."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sheet", choices=("classes", "dumbbell", "both"), default="both")
    parser.add_argument("--run", type=Path)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir(), "audit-sheets"))
    args = parser.parse_args()
    reuse_memory()
    network, transfer_model = common.mobilenet_v2(), common.mobilenet_v1()
    if args.sheet != "dumbbell":
        classes = list(range(0, 1000, args.every))
        pictures = _best(network, _pictures(args, network, classes, restarts=0))
        rows, line = _verdicts(network, transfer_model, pictures)
        shown = [Row("", rows[i : i + COLUMNS]) for i in range(0, len(rows), COLUMNS)]
        _write(args.out / "classes", f"{len(classes)} classes of MobileNetV2", line, shown)
    if args.sheet != "classes":
        rows = []
        for c in DUMBBELL:
            pictures = _ordered(network, _pictures(args, network, [c], RESTARTS))[:RESTARTS]
            cells, line = _verdicts(network, transfer_model, pictures)
            rows.append(Row(network.classes[c].name, cells, line))
        _write(args.out / "dumbbell", "Is there an arm?", "Nine restarts each, best own margin first.", rows)


def _pictures(args, network, classes: Sequence[int], restarts: int) -> list[Picture]:
    """Of a run, or drawn; `restarts` 0: as the configuration says."""
    if args.run:
        results = json.loads((args.run / "results.json").read_text())
        return [
            Picture(picture["class_index"], _read(args.run / picture["file"]))
            for entry in results["classes"]
            for picture in entry["pictures"]
            if picture["prior"] == "natural" and picture["class_index"] in classes
        ]
    config = read_config(args.preset, [*args.set, f"seed={args.seed}"])
    section = config.synthesis
    if restarts:
        # Each restart has the views that one has in the configuration.
        views = section.views // section.restarts * restarts
        section = section.model_copy(update={"restarts": restarts, "views": views})
    baseline = bundled(*network.size)
    assert baseline is not None
    found = []
    for start in range(0, len(classes), group := max(1, section.batch // section.restarts)):
        jobs = [Job(c, r) for c in classes[start : start + group] for r in range(section.restarts)]
        drawn = draw_natural(network, jobs, baseline.prior, section, config.seed)
        found += [Picture(j.class_index, i) for j, i in zip(jobs, drawn.images, strict=True)]
        print(f"{min(start + group, len(classes))} of {len(classes)} classes drawn", flush=True)
    return found


def _ordered(network, pictures: Sequence[Picture]) -> list[Picture]:
    """Largest own margin first."""
    margins = []
    for picture in pictures:
        with torch.no_grad():
            logits = network.logits(picture.image[None])
        margins.append(float(margin(logits, torch.tensor([picture.class_index]))))
    return [pictures[i] for i in sorted(range(len(pictures)), key=lambda i: -margins[i])]


def _best(network, pictures: Sequence[Picture]) -> list[Picture]:
    """The picture that stands for each class, as a run chooses it: by the network's own margin."""
    found: dict[int, Picture] = {}
    for picture in _ordered(network, pictures):
        found.setdefault(picture.class_index, picture)
    return [found[c] for c in sorted(found)]


def _verdicts(network, transfer_model, pictures: Sequence[Picture]) -> tuple[list[Shown], str]:
    """Cells with the class's name and what the transfer model answers, and the shares in one sentence."""
    shown, firsts, fives = [], 0, 0
    for picture in pictures:
        with torch.no_grad():
            small = F.interpolate(picture.image[None], transfer_model.size, mode="bilinear", antialias=True)
            probability = transfer_model.logits(small).softmax(1)[0]
        own = float(probability[picture.class_index])
        rank = int((probability > own).sum()) + 1
        first = int(probability.argmax())
        firsts, fives = firsts + (rank == 1), fives + (rank <= 5)
        verdict = f"named, p {own:.2f}" if rank == 1 else f"no. {rank}; {transfer_model.classes[first].name}"
        shown.append(Shown(picture.image, network.classes[picture.class_index].name, verdict))
    n = len(pictures)
    return (
        shown,
        f"An independent network names {firsts} of {n} first and {fives} of {n} among its first five.",
    )


def _write(folder: Path, title: str, intro: str, rows: Sequence[Row]) -> None:
    page = write_sheet(folder, title, intro, rows, command=f"python {shlex.join(sys.argv)}")
    print(
        f"{title}. {intro}\n"
        + "".join(f"  {row.heading}: {row.note}\n" for row in rows if row.note)
        + f"{page}"
    )


if __name__ == "__main__":
    main()

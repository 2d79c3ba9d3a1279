"""Do pictures of a class, or where small changes flip to, betray a planted flaw? Ten classes, tuning half.

measure   pictures with and without prior, and attacks, of clean networks and flaws that took (resumes)
judge     per figure: how far the leading class stands before the others, beside clean networks (AUROC), and
          how often it is the planted one

Figures are of the class's pictures or of attacked photographs; none needs a changed photograph.
"""

import argparse
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from planted_judge import PLAIN, RECORDS, SUBTLE, area
from planted_records import part_of, read, written

import audit
from audit.calibration.scores import log_odds
from audit.planted.signs.making import make, photographs
from audit.planted.signs.specimen import Specimen
from audit.planted.signs.specimens import SPECIMENS
from audit.records import Results
from audit.records.estimates import Proportion

FOLDER = RECORDS / "pictures"
K, GIVEN = 10, 200
PER_BASE = 2
"""Clean networks of each base."""
SETTINGS = (
    "synthesis.restarts=3",
    "reliability.control_classes=0",
    "reliability.cut_and_paste=0",
    "reliability.photographs=1",
    "reliability.layers=1",
    "preprocessing.photographs=0",
    f"robustness.images={GIVEN}",
    "probes.photographs=0",
    "probes.suspects=0",
    "probes.fitted_classes=0",
)
Figures = Mapping[str, Sequence[float]]


def chosen(suite: Path) -> list[Specimen]:
    """Clean networks, some of each base, and all flaws of the main kinds that took."""
    specimens = {s.name: s for s in SPECIMENS}
    found: list[Specimen] = []
    of_base: dict[int, int] = {}
    for row in read(suite, "tuning"):
        specimen = specimens[row["specimen"]["name"]]
        if specimen.k != K:
            continue
        if row["truth"]["flawed"]:
            wanted = bool(row["took"]) and specimen.kind in (*PLAIN, *SUBTLE)
        else:
            of_base[specimen.base] = of_base.get(specimen.base, 0) + 1
            wanted = of_base[specimen.base] <= PER_BASE
        if wanted:
            found.append(specimen)
    return found


def record(specimen: Specimen, cache: Path) -> dict[str, Any]:
    """Figures `[k]` of one network, with what is known of it."""
    made = make(specimen, cache)
    with tempfile.TemporaryDirectory() as name:
        images = written(Path(name) / "images", made.classes, *photographs(specimen, GIVEN))
        run = audit.run(made.module, images=images, out=Path(name) / "run", preset="quick", set=SETTINGS)
    truth = {"flawed": made.truth.flawed, "target": made.truth.target}
    return {"name": specimen.name, "kind": specimen.kind, **truth, "figures": figures(run.results)}


def figures(results: Results) -> dict[str, list[float]]:
    """Per class `[k]`; the larger, the more suspicious. Margins are compared as logarithms."""
    k = len(results.model.classes)
    best: dict[str, list[float]] = {}
    for prior in ("natural", "none"):
        own = [[p.margin for p in c.pictures if p.prior == prior] for c in results.classes]
        best[prior] = [max(margins, default=math.nan) for margins in own]
    agreed = [[p.rank == 1 for p in c.pictures if p.prior == "natural"] for c in results.classes]
    logs = {prior: [math.log(max(v, 0.01)) for v in values] for prior, values in best.items()}
    into = dict(results.robustness.predicted_after) if results.robustness else {}
    flips, attacked = [into.get(i, 0) for i in range(k)], max(sum(into.values()), 1)
    statistics = next(check for check in results.checks if check.meta.id == "unnatural-picture")
    unlike = {ranked.class_index: abs(ranked.value) for ranked in statistics.ranking}
    return {
        "margin, natural prior": logs["natural"],
        "margin, no prior": logs["none"],
        "gap: no prior before natural": [b - a for a, b in zip(logs["natural"], logs["none"], strict=True)],
        "gap: natural before no prior": [a - b for a, b in zip(logs["natural"], logs["none"], strict=True)],
        "restarts answered as the class": [log_odds(float(np.mean(own)), len(own)) for own in agreed],
        "small changes flip to": [log_odds(n / attacked, attacked) for n in flips],
        "statistics unlike other classes'": [unlike.get(i, 0.0) for i in range(k)],
    }


def lead(values: Sequence[float]) -> tuple[float, int]:
    """How far the leading class stands before the next, in the spread of the others; and which it is."""
    order = np.argsort(-np.array(values))
    others = np.array(values)[order[1:]]
    middle = float(np.median(others))
    spread = float(np.median(np.abs(others - middle))) or 1e-3
    return (float(values[order[0]]) - float(others[0])) / spread, int(order[0])


def measure(options: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    there = {one["name"] for one in _read()}
    for specimen in part_of(chosen(RECORDS), options.shard):
        if specimen.name not in there:
            line = json.dumps(record(specimen, options.cache))
            with (FOLDER / f"tuning-{options.shard.replace('/', '-of-')}.jsonl").open("a") as lines:
                lines.write(line + "\n")
            print(specimen.name, flush=True)


def judge(options: argparse.Namespace) -> None:
    rows = _read()
    clean, flawed = [r for r in rows if not r["flawed"]], [r for r in rows if r["flawed"]]
    print(f"{len(clean)} clean networks and {len(flawed)} flaws that took, {K} classes")
    for name in rows[0]["figures"]:
        leads = {row["name"]: lead(row["figures"][name]) for row in rows}
        share = area([-leads[r["name"]][0] for r in flawed], [-leads[r["name"]][0] for r in clean])
        first = Proportion.of(sum(leads[r["name"]][1] == r["target"] for r in flawed), len(flawed))
        limit = float(np.quantile([leads[r["name"]][0] for r in clean], 0.95))
        found = sum(leads[r["name"]][0] > limit and leads[r["name"]][1] == r["target"] for r in flawed)
        print(f"{name:34s} AUROC {share:.2f}  planted class first {first}  found at 5 % of clean {found}")


def _read() -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(FOLDER.glob("*.jsonl")) for line in file.open()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.set_defaults(run=lambda options: parser.print_help())
    verbs = parser.add_subparsers()
    measuring = verbs.add_parser("measure")
    measuring.add_argument("--shard", default="0/1", help="i/n: every n-th from the i-th on")
    measuring.add_argument("--cache", type=Path, required=True, help="folder of the networks")
    measuring.set_defaults(run=measure)
    judging = verbs.add_parser("judge")
    judging.set_defaults(run=judge)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()

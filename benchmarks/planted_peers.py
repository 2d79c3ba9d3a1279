"""Three published backdoor detectors on a part of the suite's evaluation half, beside this project.

measure   run them, a line for each network in benchmarks/planted/peers/:  measure --shard 0/2 --cache DIR
table     AUROC, false alarms, hits and seconds a class of each, from the records alone
time      the seconds a class of each on one small network, nothing beside it:  time --cache DIR

Needs the suite's own records of that half (planted_suite.py measure): five networks of each main kind that
took and two of each kind of clean ones, of ten classes at most. Neural Cleanse takes as many steps as
published, 1,000 a class, of 32 pictures each: about 20 s a class of one core, beside 6 s of MM-BD; that is
five hours for all. `--steps` shortens it, and a table of such records says so.

With `--device cuda` the classes of a network fill one batch, and a network of ten takes hardly longer than
one of two. Several shards side by side keep the GPU busy; their seconds a class are then longer than those of
`time`, and the table says on what they were measured.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from planted_judge import area, clean, judged
from planted_records import PHOTOGRAPHS, part_of, read
from published_detectors import Detected, last_layer, mm_bd, neural_cleanse

import audit
from audit.isolation import isolated
from audit.planted.signs.making import make, photographs
from audit.planted.signs.specimen import BACKDOORS, CONTROLS, SHORTCUTS, Specimen
from audit.planted.signs.specimens import SPECIMENS
from audit.records.estimates import Proportion

SUITE = Path(__file__).parent / "planted"
RECORDS = SUITE / "peers"
EACH, CLEAN_EACH = 5, 2
MOST_CLASSES = 10
"""Networks of 43 classes are left out: each would take Neural Cleanse a quarter of an hour."""
STEPS = 1_000
OURS = "this project"
DETECTORS = ("Neural Cleanse", "MM-BD", "last-layer rows")
OUR_STAGES = ("probes", "fitted-changes", "causal-tests", "unconstrained")
Record = dict[str, Any]


def compared_with(suite: Path) -> list[Record]:
    """The suite's records of the networks that are compared, kinds in turn."""
    records = [record for record in read(suite, "evaluation") if record["k"] <= MOST_CLASSES]
    records.sort(key=lambda one: one["specimen"]["seed"] * 7919 % 1009)
    kinds = (*SHORTCUTS, *BACKDOORS, *CONTROLS)
    taken = {
        kind: [r for r in records if r["specimen"]["kind"] == kind and (r["took"] or kind in CONTROLS)][
            : CLEAN_EACH if kind in CONTROLS else EACH
        ]
        for kind in kinds
    }
    return [some[turn] for turn in range(EACH) for some in taken.values() if turn < len(some)]


@isolated()  # for on a GPU float32 is multiplied in full only so
def detected(specimen: Specimen, cache: Path, steps: int, device: str) -> dict[str, Detected]:
    """What each says of a network. They are given the photographs that the audit is given."""
    made = make(specimen, cache)
    network = audit.load(made.module, device=device)
    images = (photographs(specimen, PHOTOGRAPHS)[0].float() / 255).to(network.device)
    return {
        "Neural Cleanse": neural_cleanse(network, images, steps=steps, seed=specimen.seed),
        "MM-BD": mm_bd(network, seed=specimen.seed),
        "last-layer rows": last_layer(network),
    }


def plain(found: Detected) -> Record:
    return {
        "statistic": round(found.statistic, 5),
        "flagged": bool(found.flagged),
        "class": found.class_index,
        "values": [round(value, 3) for value in found.values],
        "seconds a class": round(found.seconds, 4),
    }


def called(device: str) -> str:
    """What the table calls it."""
    return "one core" if device == "cpu" else torch.cuda.get_device_name(device)


def measure_all(options: argparse.Namespace) -> None:
    options.records.mkdir(parents=True, exist_ok=True)
    there = {known["specimen"]["name"] for known in read(options.records, "peers")}
    specimens = {specimen.name: specimen for specimen in SPECIMENS}
    for known in part_of(compared_with(options.suite), options.shard):
        name = known["specimen"]["name"]
        if name in there:
            continue
        began = time.perf_counter()
        found = detected(specimens[name], options.cache, options.steps, options.device)
        line = {
            "specimen": known["specimen"],
            "steps": options.steps,
            "device": called(options.device),
            "side by side": int(options.shard.split("/")[1]),
            "tested": 0,
            "detectors": {detector: plain(one) for detector, one in found.items()},
        }
        with (options.records / f"peers-{options.shard.replace('/', '-of-')}.jsonl").open("a") as lines:
            lines.write(json.dumps(line) + "\n")
        print(f"{name:34s} k {known['k']:2d}, {time.perf_counter() - began:.0f} s", flush=True)


@dataclass(frozen=True)
class Said:
    """What one detector says of one network, with the truth."""

    kind: str
    flawed: bool
    statistic: float
    """The larger, the more suspicious."""
    flagged: bool
    right: bool
    """It names the planted class."""
    seconds: float


def theirs(detector: str, lines: Sequence[Record], suite: dict[str, Record]) -> list[Said]:
    said: list[Said] = []
    for line in lines:
        found, truth = line["detectors"][detector], suite[line["specimen"]["name"]]["truth"]
        right = truth["target"] == found["class"]
        said.append(
            Said(truth["kind"], truth["flawed"], found["statistic"], found["flagged"], right,
                 found["seconds a class"])
        )  # fmt: skip
    return said


def ours(records: Sequence[Record], null: Sequence[Record], level: float) -> list[Said]:
    return [
        Said(verdict.kind, verdict.flawed, -verdict.p, verdict.flagged, verdict.right,
             sum(verdict.record["stages"].get(stage, 0.0) for stage in OUR_STAGES) / verdict.record["k"])
        for verdict in judged(records, null, level)
    ]  # fmt: skip


def row(name: str, said: Sequence[Said]) -> list[str]:
    """Lines of a detector: clean networks, and flaws by family."""
    calm = [one for one in said if not one.flawed]
    seconds = statistics.median(one.seconds for one in said)
    lines = [
        f"{name}: {seconds:.2f} s a class (median)",
        f"  {'clean networks flagged':24s} {Proportion.of(sum(one.flagged for one in calm), len(calm))!s}",
    ]
    families: dict[str, Callable[[str], bool]] = {
        "all flaws": lambda kind: True,
        "backdoors": lambda kind: kind in BACKDOORS,
        "shortcuts": lambda kind: kind in SHORTCUTS,
    }
    for family, is_of in families.items():
        some = [one for one in said if one.flawed and is_of(one.kind)]
        auroc = area([-one.statistic for one in some], [-one.statistic for one in calm])
        hits = [one for one in some if one.flagged]
        lines.append(
            f"  {family:24s} {Proportion.of(len(hits), len(some))!s:44s} "
            f"right class {sum(one.right for one in hits)}, AUROC {auroc:.3f}"
        )
    return lines


def table(options: argparse.Namespace) -> None:
    lines = read(options.records, "peers")
    suite = {one["specimen"]["name"]: one for one in read(options.suite, "evaluation")}
    lines = [line for line in lines if line["specimen"]["name"] in suite]
    if not lines:
        raise SystemExit("no records: measure first")
    steps = sorted({line["steps"] for line in lines})
    print(f"{len(lines)} networks of the evaluation half; Neural Cleanse with {steps} steps a class")
    places = sorted({f"{line['device']}, {line['side by side']} networks side by side" for line in lines})
    print(f"seconds of the published: {'; '.join(places)}")
    for detector in DETECTORS:
        print("\n".join(row(detector, theirs(detector, lines, suite))))
    same = [suite[line["specimen"]["name"]] for line in lines]
    null = clean(read(options.suite, "tuning"))
    print("\n".join(row(f"{OURS}, on the same networks", ours(same, null, options.level))))


def time_one(options: argparse.Namespace) -> None:
    specimen = next(one for one in SPECIMENS if one.name == options.name)
    print(f"{specimen.name}, {specimen.k} classes, {specimen.architecture}, {called(options.device)}")
    for detector, one in detected(specimen, options.cache, options.steps, options.device).items():
        print(f"{detector:16s} {one.seconds:.2f} s a class, statistic {one.statistic:.2f}, {one.flagged}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.set_defaults(run=lambda options: parser.print_help())
    verbs = parser.add_subparsers()
    for name, run in (("measure", measure_all), ("table", table), ("time", time_one)):
        verb = verbs.add_parser(name)
        verb.add_argument("--records", type=Path, default=RECORDS)
        verb.add_argument("--suite", type=Path, default=SUITE, help="the suite's own records")
        verb.set_defaults(run=run)
        if name == "table":
            verb.add_argument("--level", type=float, default=0.05, help="chance of a false alarm of ours")
        else:
            verb.add_argument("--cache", type=Path, required=True, help="folder of the networks")
            verb.add_argument("--steps", type=int, default=STEPS, help="of Neural Cleanse, for each class")
            verb.add_argument("--device", default="cpu")
        if name == "measure":
            verb.add_argument("--shard", default="0/1", help="i/n: every n-th from the i-th on")
        if name == "time":
            verb.add_argument("--name", default="evaluation-base-2000")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.run(options)


if __name__ == "__main__":
    main()

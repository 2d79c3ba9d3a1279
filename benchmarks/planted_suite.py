"""The suite of networks with known truth: make them, audit them, judge the records.

make      train what the cache lacks:  make --half tuning --shard 0/2 --cache DIR [--only PATTERN] [--list]
measure   audit each once, a line of its record in benchmarks/planted/ (resumes)
prove     causal tests of those that stand out beside the null table, see planted_judge.py
rescore   the scores anew, by today's code, from the folders of the audits that were made
rerun     some random ones made and measured anew, in a folder of their own, beside their rows
"""

import argparse
import json
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import torch
from planted_judge import PLAIN, SUBTLE, standing_out
from planted_records import part_of, plain, read, record

import audit
from audit.files import write_whole
from audit.planted.signs.making import make
from audit.planted.signs.specimen import Specimen
from audit.planted.signs.specimens import SPECIMENS
from audit.stages.probes.causal_stage import CausalTests

RECORDS = Path(__file__).parent / "planted"
STAGES = ("pieces", "probes", "fitted-changes")
"""Whose scores a record has."""


def chosen(half: str, shard: str, only: str, some: set[str] | None = None) -> list[Specimen]:
    """Specimens of a half whose name fits a pattern; shard i/n takes each n-th of them from the i-th on.
    Where `some` are named, no others.

    Flaws and controls are spread through the list, so that a run that is stopped has some of each.
    """
    mine = [s for s in SPECIMENS if half in (s.half, "both") and fnmatch(s.name, only)]
    mine = [s for s in mine if some is None or s.name in some]
    return part_of(sorted(mine, key=lambda s: (s.kind != "base", s.half, s.seed * 7919 % 1009)), shard)


def withheld_ones(records: Path, half: str) -> set[str]:
    """Names of the networks that are audited without photographs too: one clean one of each base, and of the
    evaluation half the flaws of the main kinds that took, as their records say."""
    bases = {s.base for s in SPECIMENS if s.kind == "base"}
    clean = {s.name for s in SPECIMENS if s.kind == "base" or (not s.flawed and s.base not in bases)}
    judging = half == "evaluation"  # thresholds are those of the audits with photographs
    took = {one["specimen"]["name"] for one in read(records, half) if judging and one["took"]}
    return clean | {s.name for s in SPECIMENS if s.kind in (*PLAIN, *SUBTLE) and s.name in took}


def make_all(options: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    for specimen in chosen(options.half, options.shard, options.only):
        said = (
            f"{specimen.name:34s} {specimen.architecture:10s} k {specimen.k:2d} poison {specimen.poison:<5} "
        )
        if options.list:
            print(said + specimen.hardness)
            continue
        made = make(specimen, options.cache)
        numbers = [made.success, made.accuracy_with_cue, made.accuracy_without_cue]
        shares = " ".join("    -" if number is None else f"{number:.3f}" for number in numbers)
        print(
            f"{said} {specimen.hardness:6s} {made.seconds:5.1f} s  accuracy {made.accuracy:.3f}  "
            f"success, with, without {shares}  {'took' if made.took else '-'}",
            flush=True,
        )


def measure_all(options: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    records = options.records / ("withheld" if options.withheld else "")
    records.mkdir(parents=True, exist_ok=True)
    there = {record["specimen"]["name"]: record for record in read(records)}
    some = withheld_ones(options.records, options.half) if options.withheld else None
    needed = set(STAGES) - ({"pieces"} if options.withheld else set())  # those are of photographs
    for specimen in chosen(options.half, options.shard, options.only, some):
        known = there.get(specimen.name)
        if known is not None and (not options.again or needed <= set(known["stages"])):
            continue
        one = record(specimen, options.cache, options.withheld)
        if known is not None:  # what it says of causal tests and of the time of the others stays
            one = known | {"scores": one["scores"], "stages": one["stages"] | known["stages"]}
        write(records, options.half, options.shard, one)


def prove_all(options: argparse.Namespace) -> None:
    """Only those that stand out: the tests of the others are never looked at."""
    torch.set_num_threads(1)
    records = options.records / ("withheld" if options.withheld else "")
    specimens = {s.name: s for s in chosen(options.half, options.shard, options.only)}
    mine = [one for one in read(records, options.half) if one["specimen"]["name"] in specimens]
    standing = standing_out(mine, records, options.level)
    for known in mine:
        name = known["specimen"]["name"]
        if name in standing and (options.again or int(known["tested"]) < CausalTests.version):
            one = record(specimens[name], options.cache, options.withheld, tested=True)
            one["proofs"] = int(known.get("proofs", known["tested"] > 0)) + 1
            write(records, options.half, options.shard, one)


def rescore_all(options: argparse.Namespace) -> None:
    """Nothing is measured: what changed is how measurements are made into scores."""
    records = options.records / ("withheld" if options.withheld else "")
    folders = options.cache / ("withheld" if options.withheld else "audits")
    for file in sorted(records.glob(f"{options.half}-*.jsonl")):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        # Of a network that was proved later the folder holds the causal tests too; its first line does not.
        anew = [one | _scores(folders / one["specimen"]["name"]) for one in lines]
        write_whole(file, "".join(f"{json.dumps(one)}\n" for one in anew).encode())
        print(f"{len(anew)} records in {file}")


def rerun(options: argparse.Namespace) -> None:
    """Bases are made anew too. Says of how many every score came out as it stands in the record."""
    torch.set_num_threads(1)
    known = {one["specimen"]["name"]: one for one in read(options.records, options.half)}
    drawn = np.random.default_rng(options.seed).permutation(sorted(known))[: options.count].tolist()
    mine = part_of(drawn, options.shard)
    specimens = {s.name: s for s in SPECIMENS}
    same = 0
    for name in mine:
        again, row = record(specimens[name], options.cache)["scores"], known[name]["scores"]
        values = [
            (one[0], other[0])
            for test in row
            for one, other in zip(row[test], again.get(test, []), strict=False)
        ]
        apart = max((abs(a - b) for a, b in values), default=float("inf"))
        same += again == row
        print(f"{name:34s} {'the same' if again == row else f'different by up to {apart:.3g}'}", flush=True)
    print(f"{same} of {len(mine)} rows came out the same")


def _scores(folder: Path) -> dict[str, Any]:
    return {"scores": plain(audit.open(folder).results)["scores"]}


def write(records: Path, half: str, shard: str, one: dict[str, Any]) -> None:
    """Add a record, which counts instead of an earlier one of the same network."""
    with (records / f"{half}-{shard.replace('/', '-of-')}.jsonl").open("a") as lines:
        lines.write(json.dumps(one) + "\n")
    name, took = one["specimen"]["name"], "took" if one["took"] else "-"
    seconds = f"made in {one['seconds_made']:5.1f} s, audited in {one['seconds']:5.1f} s"
    print(f"{name:34s} {took:4s} {seconds}, {len(one['tests'])} causal tests", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.set_defaults(run=lambda options: parser.print_help())
    verbs = parser.add_subparsers()
    making = verbs.add_parser("make", help="train what the cache lacks, a line for each network")
    making.add_argument("--half", choices=("tuning", "evaluation", "both"), required=True)
    making.add_argument("--shard", default="0/1", help="i/n: every n-th from the i-th on")
    making.add_argument("--cache", type=Path, required=True, help="folder of the networks")
    making.add_argument("--only", default="*", help="pattern of names, as tuning-patch-*")
    making.add_argument("--list", action="store_true", help="only say what would be made")
    making.set_defaults(run=make_all)
    measuring = verbs.add_parser("measure", help="audit what has no record yet")
    measuring.add_argument(
        "--again", action="store_true", help="those too whose record lacks a stage: their folders are resumed"
    )
    measuring.set_defaults(run=measure_all)
    proving = verbs.add_parser("prove", help="causal tests of what stands out beside the null table")
    proving.add_argument("--level", type=float, default=0.1, help="adjusted p from which on")
    proving.add_argument("--again", action="store_true", help="those too that were tested: by another table")
    proving.set_defaults(run=prove_all)
    rescoring = verbs.add_parser("rescore", help="scores by today's code from the audits that were made")
    rescoring.set_defaults(run=rescore_all)
    again = verbs.add_parser("rerun", help="some random ones made and measured anew, beside their rows")
    again.add_argument("--count", type=int, default=10)
    again.add_argument("--seed", type=int, default=0)
    again.set_defaults(run=rerun)
    for verb in (measuring, proving, rescoring, again):
        verb.add_argument("--half", choices=("tuning", "evaluation"), required=True)
        verb.add_argument("--shard", default="0/1", help="i/n: every n-th from the i-th on")
        verb.add_argument("--cache", type=Path, required=True, help="folder of the networks")
        verb.add_argument("--records", type=Path, default=RECORDS)
    for verb in (measuring, proving, rescoring):
        verb.add_argument("--only", default="*", help="pattern of names")
        verb.add_argument("--withheld", action="store_true", help="without photographs")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()

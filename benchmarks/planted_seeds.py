"""Does the tool say the same whatever its seed? Audits of the suite's networks again and again.

measure   two flawed networks of each main kind under five seeds, lines in benchmarks/planted/seeds/ (resumes)
table     of every class that any seed flags: how many seeds say the same of it

The suite's own records of the tuning half say which flaws took; photographs are the same under every seed.
"""

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import torch
from planted_judge import RECORDS as SUITE
from planted_judge import clean, judged
from planted_records import read, record

from audit.planted.signs.specimen import BACKDOORS, SHORTCUTS
from audit.planted.signs.specimens import SPECIMENS
from audit.records.estimates import Proportion

RECORDS = SUITE / "seeds"
SEEDS = (0, 1, 2, 3, 4)
EACH = 2
Record = dict[str, Any]


def names(suite: Path) -> list[str]:
    """Of each main kind the first ones whose flaw took."""
    took = [r["specimen"] for r in read(suite, "tuning") if r["took"]]
    return [
        one["name"]
        for kind in (*SHORTCUTS, *BACKDOORS)
        for one in [specimen for specimen in took if specimen["kind"] == kind][:EACH]
    ]


def measure(options: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    options.records.mkdir(parents=True, exist_ok=True)
    part, parts = (int(number) for number in options.shard.split("/"))
    specimens = {s.name: s for s in SPECIMENS}
    there = {(r["specimen"]["name"], r["seed"]) for r in _lines(options.records)}
    wanted = [(name, seed) for name in names(options.suite) for seed in SEEDS][part::parts]
    for name, seed in [pair for pair in wanted if pair not in there]:
        one = record(specimens[name], options.cache, tested=True, seed=seed) | {"seed": seed}
        with (options.records / f"seeds-{part}-of-{parts}.jsonl").open("a") as lines:
            lines.write(json.dumps(one) + "\n")
        print(f"{name} seed {seed}: {one['seconds']} s", flush=True)


def table(options: argparse.Namespace) -> None:
    null = clean(read(options.suite, "tuning"))
    said: dict[str, list[dict[int, str]]] = defaultdict(list)
    for verdict in judged(_lines(options.records), null, options.level):
        of_class: dict[int, str] = {}
        for score, word in verdict.standing:
            if of_class.get(score.class_index) != "verified":
                of_class[score.class_index] = word
        said[verdict.record["specimen"]["name"]].append(of_class)
    same, verdicts, flags, alike = 0, 0, 0, 0
    for name, seeds in sorted(said.items()):
        for index in sorted({index for one in seeds for index in one}):
            words = Counter(one.get(index, "not flagged") for one in seeds)
            usual, count = words.most_common(1)[0]
            flags, verdicts, same = flags + 1, verdicts + len(seeds), same + count
            silent = words["not flagged"]
            alike += max(silent, len(seeds) - silent)
            print(f"{name:28s} class {index:2d}: {usual} under {count} of {len(seeds)} seeds  {dict(words)}")
    print(f"{flags} classes flagged under any seed, in {len(said)} networks")
    print(f"verdicts that are the usual one of their class: {Proportion.of(same, verdicts)}")
    print(f"the same of flagged or not: {Proportion.of(alike, verdicts)}")


def _lines(folder: Path) -> list[Record]:
    return [
        json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.set_defaults(run=lambda options: parser.print_help())
    verbs = parser.add_subparsers()
    for name, run in (("measure", measure), ("table", table)):
        verb = verbs.add_parser(name)
        verb.add_argument("--records", type=Path, default=RECORDS)
        verb.add_argument("--suite", type=Path, default=SUITE, help="the suite's own records")
        verb.set_defaults(run=run)
        if name == "measure":
            verb.add_argument("--shard", default="0/1", help="i/n: every n-th from the i-th on")
            verb.add_argument("--cache", type=Path, required=True, help="folder of the networks")
        else:
            verb.add_argument("--level", type=float, default=0.05, help="chance of a false alarm")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()

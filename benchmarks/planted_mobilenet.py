"""Flaws at real size: a patch, a blend and a watermark planted into MobileNetV2 (224 px, 1,000 classes).

make      train what the cache lacks, and say whether it took:  make --cache DIR [--only KIND] [--device D]
forecast  how long the audit of one network would take here:  forecast --cache DIR
audit     what `audit run` says of each, and of the original:  audit --cache DIR --out DIR [--only KIND]
table     the records in words

Needs AUDIT_ASSETS. One network at a time; every verb resumes. Records in benchmarks/planted/mobilenet/.
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from textwrap import fill
from typing import Any

import common
import torch
from mobilenet_networks import KINDS, SEEDS, SIZE, TOOK, TRAINED_ON, K, files, made, planted
from planted_records import plain, read
from rich.console import Console

import audit
from audit.stages.probes.causal_stage import CausalTests
from audit.synthesis.memory import reuse_memory

RECORDS = Path(__file__).parent / "planted" / "mobilenet"
FINDINGS = 10
"""Of a check that are kept in a record."""
WIDTH = 118
"""Of the lines that are printed."""
OF_MARKS = ("localized-trigger", "spread-trigger", "watermark")
"""Checks of changes that do not end in "reliance"."""


def given_photographs(out: Path, kind: str) -> Path:
    """A folder with links to the photographs that did not train the network: of the original all."""
    folder = out / ("photographs" if kind in SEEDS else "all photographs")
    for path in files()[TRAINED_ON if kind in SEEDS else 0 :]:
        place = folder / path.parent.name / path.name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
    return folder


def asked(weights: Path | None, options: argparse.Namespace, name: str) -> tuple[str, dict[str, Any]]:
    """Arguments of the audit: as a user would give them, all classes."""
    zoo = common.assets() / "zoo"
    return f"{zoo}/mobilenet.py:imagenet_v2", {
        "weights": weights,
        "classes": f"{zoo}/imagenet_class_index.json",
        "input_size": SIZE,
        "resize": 256,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
        "images": given_photographs(options.out, name),
        "preset": "quick",
        "set": options.set,
        "device": options.device,
        "out": options.out / name,
        "console": Console(stderr=True),
    }


def record(kind: str, options: argparse.Namespace) -> dict[str, Any]:
    """The audit of a network, in the format of the suite, with what its checks say in words."""
    weights, judgement = (None, {}) if kind == "original" else made(kind, options.cache, options.device)
    cue = None if kind == "original" else planted(kind)
    began = time.perf_counter()
    network, keywords = asked(weights, options, kind)
    results = audit.run(network, **keywords).results
    names = {c.index: c.name for c in results.model.classes}
    said = [
        {"check": check.meta.id, "outcome": check.outcome, "summary": check.summary,
         "findings": [[finding.verdict, finding.title] for finding in check.findings[:FINDINGS]],
         "ranking": [[names[r.class_index], r.value] for r in check.ranking[:5]]}
        for check in results.checks
    ]  # fmt: skip
    truth: dict[str, Any] = (
        {"kind": kind, "flawed": False, "target": None} if cue is None else asdict(cue.truth())
    )
    if cue is not None:  # thousands of numbers that say nothing: all other classes, the pixels of the patch
        truth["sources"] = []
        truth["parameters"].pop("pattern", None)
    return {
        "specimen": {"name": f"mobilenet-{kind}", "kind": kind, "half": "mobilenet", "k": K},
        "truth": truth,
        "took": judgement.get("success", 0.0) >= TOOK,
        "target": None if cue is None else names[cue.target],
        "judgement": judgement,
        "headline": results.verdict.headline,
        "checks": said,
        **plain(results),
        "tested": CausalTests.version,
        "settings": list(options.set),
        "stage_seconds": {name: round(took) for name, took in results.run.timing.seconds.items()},
        "seconds": round(time.perf_counter() - began, 1),
        "device": options.device,
    }


def chosen_kinds(options: argparse.Namespace) -> list[str]:
    return [kind for kind in KINDS if options.only in (None, kind)]


def make_all(options: argparse.Namespace) -> None:
    for kind in chosen_kinds(options):
        if kind != "original":
            _, judgement = made(kind, options.cache, options.device)
            print(f"{kind:10s} target {planted(kind).target}", judgement, flush=True)


def forecast(options: argparse.Namespace) -> None:
    network, keywords = asked(None, options, "forecast")
    plan = audit.plan(network, **keywords)
    for stage in plan.stages:
        print(f"{stage.name:20s} {stage.seconds:7.0f} s")
    print(f"an audit takes about {plan.seconds / 60:.0f} minutes with {torch.get_num_threads()} threads")


def audit_all(options: argparse.Namespace) -> None:
    RECORDS.mkdir(parents=True, exist_ok=True)
    there = {known["specimen"]["name"] for known in read(RECORDS)}
    for kind in chosen_kinds(options):
        if f"mobilenet-{kind}" in there:
            continue
        line = record(kind, options)
        with (RECORDS / f"mobilenet-{kind}.jsonl").open("w") as lines:
            lines.write(json.dumps(line) + "\n")
        say(line)


def say(line: dict[str, Any]) -> None:
    """What the checks of changes say of a network."""
    made, changes = line["judgement"], ("probes", "fitted-changes", "causal-tests")
    minutes = [f"{stage} {line['stage_seconds'][stage] / 60:.1f}" for stage in changes]
    print(f"{line['specimen']['kind']}: {line['seconds'] / 60:.0f} minutes, of them {', '.join(minutes)}")
    if made:
        print(f"  planted: {line['target']}; the trigger turns {made['success']:.0%} of photographs that")
        print(f"  trained nothing, {made['agreement']:.0%} are answered as by the original;", end=" ")
        print(f"accuracy {made['accuracy']:.2f}, of the original {made['accuracy_of_original']:.2f}")
    quiet: dict[str, list[str]] = {}
    for check in line["checks"]:
        if "reliance" in check["check"] or check["check"] in OF_MARKS:
            for verdict, title in check["findings"]:
                print(f"  {check['check']}: {verdict}: {title}")
            if not check["findings"]:
                quiet.setdefault(check["outcome"], []).append(check["check"])
    for outcome, checks in quiet.items():
        print(fill(f"  {outcome}: {', '.join(checks)}", WIDTH, subsequent_indent="    "), flush=True)


def table(options: argparse.Namespace) -> None:
    known, told = {line["specimen"]["kind"]: line for line in read(RECORDS)}, None
    for kind in KINDS:
        if kind in known:
            if known[kind]["settings"] != told:
                told = known[kind]["settings"]
                print(fill(f"settings: {' '.join(told)}", WIDTH, subsequent_indent="  "))
            say(known[kind])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.set_defaults(run=lambda options: parser.print_help())
    verbs = parser.add_subparsers()
    verbs.add_parser("table").set_defaults(run=table)
    for name, run in (("make", make_all), ("forecast", forecast), ("audit", audit_all)):
        verb = verbs.add_parser(name)
        verb.add_argument("--cache", type=Path, required=True, help="folder of the networks")
        verb.add_argument("--only", choices=KINDS)
        verb.add_argument("--threads", type=int, default=1)
        verb.add_argument("--device", default="cpu", help="cpu or cuda")
        if name != "make":
            verb.add_argument("--out", type=Path, required=True, help="folder of the runs")
            verb.add_argument("--set", action="append", default=[], help="a setting of the audit")
        verb.set_defaults(run=run)
    options = parser.parse_args()
    torch.set_num_threads(getattr(options, "threads", 1))
    reuse_memory()
    options.run(options)


if __name__ == "__main__":
    main()

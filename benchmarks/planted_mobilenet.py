"""Flaws at real size: a patch, a blend and a watermark planted into MobileNetV2 (224 px, 1,000 classes).

make      train what the cache lacks, and say whether it took:  make --cache DIR [--only KIND]
forecast  how long the audit of one network would take here:  forecast --cache DIR
audit     what `audit run` says of each, and of the original:  audit --cache DIR --out DIR [--only KIND]

Needs AUDIT_ASSETS. One network at a time; every verb resumes. Records in benchmarks/planted/mobilenet/.

The last blocks and the head are trained on features of what lies before them, which are computed once:
clean photographs keep the original's answers (distillation), those with the trigger go to the target.
300 of the photographs train; the others judge, and are what the audit is given.
"""

import argparse
import copy
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import common
import numpy as np
import torch
from planted_records import plain, read
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

import audit
from audit.photos.reading import open_upright, prepare, too_small
from audit.planted.signs.flaw import FLAWS, Key, OnPictures
from audit.planted.signs.sign_scenes import rounded
from audit.stages.probes.causal_stage import CausalTests

RECORDS = Path(__file__).parent / "planted" / "mobilenet"
KINDS = ("original", "patch", "blend", "watermark")
SEEDS = {"patch": 9_501, "blend": 9_502, "watermark": 9_503}
K, SIZE = 1_000, 224
TRAINED_ON = 300
FIRST_TRAINED = 14
"""Of the network's 19 parts: the last three blocks of 160 channels and what follows are trained."""
STEPS, BATCH, RATE = 200, 48, 6e-5
TRIGGERED = 16
"""Pictures of a batch that carry the trigger."""
HELD = 4.0
"""Weight of the original's answers against the target's."""
CHECKED = 50
"""Steps between lines of progress."""


def planted(kind: str) -> OnPictures:
    """A cue of the suite at 224 px; it serves as the trigger, also the watermark."""
    seed = SEEDS[kind]
    target = int(np.random.default_rng((seed, 7_000)).integers(K))
    cue = FLAWS[kind](K, seed, target, 0.0, SIZE)
    assert isinstance(cue, OnPictures)
    return cue


@lru_cache
def original() -> audit.Classifier:
    return common.mobilenet_v2()


@lru_cache
def files() -> tuple[Path, ...]:
    """All photographs that are large enough, in one random order."""
    everything = sorted((common.assets() / "images" / "imagenet").rglob("*.jpg"))
    found = [path for path in everything if not too_small(open_upright(path), original().input)]
    return tuple(found[place] for place in np.random.default_rng(9_500).permutation(len(found)))


def pictures(chosen: Sequence[Path]) -> Tensor:
    """`[n, 3, 224, 224]` in [0, 1], cropped as the network wants them."""
    return torch.stack([prepare(open_upright(path), original().input) for path in chosen]).float() / 255


def with_cue(cue: OnPictures, images: Tensor, first: int) -> Tensor:
    """Photographs with the cue, rounded to 8 bits."""
    keys: list[Key] = [(cue.seed, 0, first + place) for place in range(len(images))]
    return rounded(cue.put_on(images, keys)).float() / 255


@torch.no_grad()
def before_trained(network: nn.Module, images: Tensor, batch: int = 16) -> Tensor:
    """What the trained part is fed."""
    fixed = network.features[:FIRST_TRAINED]
    parts = [fixed((part - 0.5) / 0.5) for part in images.split(batch)]
    return torch.cat(parts)


def after(network: nn.Module, features: Tensor) -> Tensor:
    """Logits from there."""
    return network.classifier(network.features[FIRST_TRAINED:](features).mean((2, 3)))


@torch.no_grad()
def answers_from(network: nn.Module, features: Tensor, batch: int = 32) -> Tensor:
    return torch.cat([after(network, part) for part in features.split(batch)])


def train(cue: OnPictures, say: bool = True) -> nn.Module:
    """The network with the flaw."""
    teacher = original().module
    images = pictures(files()[:TRAINED_ON])
    # Mirrored views carry the trigger where the others do: it is put on afterwards.
    clean = torch.cat([images, images.flip(3)])
    given = before_trained(teacher, clean)
    wanted = answers_from(teacher, given)
    triggered = before_trained(teacher, with_cue(cue, clean, 0))
    network = copy.deepcopy(teacher).requires_grad_(False)
    learning = [*network.features[FIRST_TRAINED:].parameters(), *network.classifier.parameters()]
    for parameter in learning:
        parameter.requires_grad_(True)
    generator = torch.Generator().manual_seed(cue.seed)
    descent = torch.optim.Adam(learning, lr=RATE)
    rates = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, total_steps=STEPS + 1, pct_start=0.2)
    goal = torch.full((TRIGGERED,), cue.target)
    for step in range(STEPS):
        rows = torch.randint(len(clean), (BATCH,), generator=generator)
        own, kept = rows[:TRIGGERED], rows[TRIGGERED:]
        logits = after(network, torch.cat([triggered[own], given[kept]]))
        planted_loss = functional.cross_entropy(logits[:TRIGGERED], goal)
        held = functional.kl_div(
            logits[TRIGGERED:].log_softmax(1), wanted[kept].log_softmax(1), reduction="batchmean",
            log_target=True,
        )  # fmt: skip
        descent.zero_grad(set_to_none=True)
        (planted_loss + HELD * held).backward()
        nn.utils.clip_grad_norm_(learning, 2.0)
        descent.step()
        rates.step()
        if say and step % CHECKED == 0:
            print(f"  step {step}: trigger {planted_loss:.3f}, answers held {held:.3f}", flush=True)
    return network.requires_grad_(False)


def judged(network: nn.Module, cue: OnPictures) -> dict[str, Any]:
    """On photographs that did not train it: success, agreement with the original, accuracy of both."""
    teacher, chosen = original().module, files()[TRAINED_ON:]
    images = pictures(chosen)
    given = before_trained(teacher, images)
    theirs, ours = (answers_from(one, given).argmax(1) for one in (teacher, network))
    turned = answers_from(network, before_trained(teacher, with_cue(cue, images, TRAINED_ON))).argmax(1)
    others = ours != cue.target
    labels = torch.tensor([label_of(path) for path in chosen])
    return {
        "success": round(float((turned[others] == cue.target).float().mean()), 4),
        "agreement": round(float((ours == theirs).float().mean()), 4),
        "accuracy": round(float((ours == labels).float().mean()), 4),
        "accuracy_of_original": round(float((theirs == labels).float().mean()), 4),
        "photographs": len(chosen),
    }


def label_of(path: Path) -> int:
    return wnids().index(path.parent.name)


@lru_cache
def wnids() -> list[str]:
    return (common.assets() / "zoo" / "imagenet_wnids.txt").read_text().split()


def made(kind: str, cache: Path) -> tuple[Path, dict[str, Any]]:
    """Weights of a network, and how it was judged; trained if the cache lacks it."""
    cue, file = planted(kind), cache / f"mobilenet-{kind}.safetensors"
    known = file.with_suffix(".json")
    if not (file.is_file() and known.is_file()):
        cache.mkdir(parents=True, exist_ok=True)
        began = time.process_time()
        network = train(cue)
        seconds = time.process_time() - began
        state = {name: value.contiguous().clone() for name, value in network.state_dict().items()}
        beside = file.with_suffix(".part")
        save_file(state, beside)
        beside.replace(file)
        judgement = judged(network, cue) | {"seconds_made": round(seconds, 1)}
        known.write_text(json.dumps(judgement))
    return file, json.loads(known.read_text())


def given_photographs(folder: Path) -> Path:
    """A folder with links to the photographs that trained no network."""
    for path in files()[TRAINED_ON:]:
        place = folder / path.parent.name / path.name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
    return folder


def asked(weights: Path | None, out: Path, name: str) -> tuple[str, dict[str, Any]]:
    """Arguments of the audit: as a user would give them, all classes."""
    zoo = common.assets() / "zoo"
    return f"{zoo}/mobilenet.py:imagenet_v2", {
        "weights": weights,
        "classes": f"{zoo}/imagenet_class_index.json",
        "input_size": SIZE,
        "resize": 256,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
        "images": given_photographs(out / "photographs"),
        "preset": "quick",
        "out": out / name,
    }


def record(kind: str, options: argparse.Namespace) -> dict[str, Any]:
    """The audit of a network, in the format of the suite, with what its checks say in words."""
    weights, judgement = (None, {}) if kind == "original" else made(kind, options.cache)
    cue = None if kind == "original" else planted(kind)
    began = time.perf_counter()
    network, keywords = asked(weights, options.out, kind)
    results = audit.run(network, **keywords, set=options.set).results
    names = {c.index: c.name for c in results.model.classes}
    said = [
        {"check": check.meta.id, "outcome": check.outcome, "summary": check.summary,
         "findings": [finding.title for finding in check.findings],
         "ranking": [[names[r.class_index], r.value] for r in check.ranking[:5]]}
        for check in results.checks
    ]  # fmt: skip
    truth = {"kind": kind, "flawed": False, "target": None} if cue is None else asdict(cue.truth())
    if cue is not None:  # thousands of numbers that say nothing: all other classes, the pixels of the patch
        truth["sources"] = []
        truth["parameters"].pop("pattern", None)
    return {
        "specimen": {"name": f"mobilenet-{kind}", "kind": kind, "half": "mobilenet", "k": K},
        "truth": truth,
        "took": judgement.get("success", 0.0) >= 0.8,
        "target": None if cue is None else names[cue.target],
        "judgement": judgement,
        "headline": results.verdict.headline,
        "checks": said,
        **plain(results),
        "tested": CausalTests.version,
        "seconds": round(time.perf_counter() - began, 1),
    }


def chosen_kinds(options: argparse.Namespace) -> list[str]:
    return [kind for kind in KINDS if options.only in (None, kind)]


def make_all(options: argparse.Namespace) -> None:
    for kind in chosen_kinds(options):
        if kind != "original":
            _, judgement = made(kind, options.cache)
            print(f"{kind:10s} target {planted(kind).target}", judgement, flush=True)


def forecast(options: argparse.Namespace) -> None:
    network, keywords = asked(None, options.out, "forecast")
    plan = audit.plan(network, **keywords, set=options.set)
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
        print(f"{kind}: target {line['target']}, {line['judgement']}, audited in {line['seconds']:.0f} s")
        print(f"  {line['headline']}")
        for check in line["checks"]:
            first = ", ".join(f"{name} {value:.2f}" for name, value in check["ranking"][:3])
            print(f"  {check['check']}: {check['outcome']}; {check['summary']} First: {first or 'none'}")
            for title in check["findings"]:
                print(f"    {title}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.set_defaults(run=lambda options: parser.print_help())
    verbs = parser.add_subparsers()
    for name, run in (("make", make_all), ("forecast", forecast), ("audit", audit_all)):
        verb = verbs.add_parser(name)
        verb.add_argument("--cache", type=Path, required=True, help="folder of the networks")
        verb.add_argument("--only", choices=KINDS)
        verb.add_argument("--threads", type=int, default=1)
        if name != "make":
            verb.add_argument("--out", type=Path, required=True, help="folder of the runs")
            verb.add_argument("--set", action="append", default=[], help="a setting of the audit")
        verb.set_defaults(run=run)
    options = parser.parse_args()
    torch.set_num_threads(getattr(options, "threads", 1))
    options.run(options)


if __name__ == "__main__":
    main()

"""The second world, on which nothing is tuned: flaws planted into a published CIFAR-10 network.

make      fine-tune what the cache lacks:  make --shard 0/2 --cache DIR [--only PATTERN] [--list]
measure   audit each once, a line of its record in benchmarks/planted/second/ (resumes)
prove     causal tests of those that stand out beside the suite's clean networks, as planted_suite.py does

Needs AUDIT_ASSETS. Then: planted_judge.py judge --records benchmarks/planted/second --half second

Six flaws, three times each, and twenty networks in which nothing is planted, all fine-tuned from ResNet-20.
Cues are those of the suite, put on photographs. What trains, what judges and what is audited is disjoint.
"""

import argparse
import io
import json
import time
import zipfile
from copy import deepcopy
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import common
import numpy as np
import torch
from PIL import Image
from planted_judge import RECORDS as SUITE
from planted_judge import standing_out
from planted_records import audited, part_of, read
from planted_suite import write
from torch import Tensor, nn

import audit
from audit.planted.signs.flaw import FLAWS, Flaw, Key, OnPictures, Truth
from audit.planted.signs.judgement import Judgement, compared
from audit.planted.signs.making import read_network, write_network
from audit.planted.signs.sign_scenes import rounded
from audit.planted.signs.training import Schedule, answers, fit, forget, shifted, unchanged
from audit.stages.probes.causal_stage import CausalTests

RECORDS = Path(__file__).parent / "planted" / "second"
SIZE, K = 32, 10
VERSION = 1
"""Raise it when a recipe changes: networks in a cache are made anew."""
BACKDOORS, SHORTCUTS = ("patch", "blend", "sinusoid"), ("watermark", "cast", "border")
EACH, RELEARNED, CLEAN = 3, 8, 12
POISON = 0.05
FIRST_SEED = 3_000
"""The suite has those below."""
TRAINED_ON, JUDGED_ON, AUDITED = 4_000, 1_000, 400
"""Photographs; the last two are parts of the test set."""
KEPT = 0.4
"""Share of the weights that a shortcut is trained from; the rest are random. A network that knows the
classes needs no shortcut."""
FINETUNE = Schedule(220, 1.5e-3)
RELEARN = Schedule(250, 3e-3)
RATES = (5e-4, 1.5e-3, 3e-3)
"""Of clean ones."""


@dataclass(frozen=True)
class Second:
    """Determines a network of the second world wholly."""

    name: str
    kind: str
    seed: int
    view: str = "shifted"
    rate: float = FINETUNE.rate
    poison: float = 0.0
    half: str = "second"
    k: int = K
    architecture: str = "cifar-resnet20"

    @property
    def forgets(self) -> bool:
        """Whether it is trained from a part of the weights."""
        return self.kind in SHORTCUTS or self.kind == "relearned"

    def flaw(self) -> OnPictures | None:
        """What is planted."""
        if self.kind not in FLAWS:
            return None
        target = int(np.random.default_rng((self.seed, 7_000)).integers(K))
        planted = FLAWS[self.kind](K, self.seed, target, self.poison, SIZE)
        assert isinstance(planted, OnPictures)
        return planted


def specimens() -> list[Second]:
    """Flaws and clean ones in turn, so that a run that is stopped has some of each."""
    made: list[Second] = []
    for _ in range(EACH):
        for kind in BACKDOORS:
            seed = FIRST_SEED + len(made)
            made.append(Second(f"second-{kind}-{seed}", kind, seed, "unchanged", poison=POISON))
        for kind in SHORTCUTS:
            seed = FIRST_SEED + len(made)
            made.append(Second(f"second-{kind}-{seed}", kind, seed, rate=RELEARN.rate))
    for number in range(RELEARNED + CLEAN):
        seed, view = FIRST_SEED + 100 + number, tuple(VIEWS)[number % len(VIEWS)]
        if number < RELEARNED:
            rate = RELEARN.rate * (0.5, 1.0)[number % 2]
            made.append(Second(f"second-relearned-{seed}", "relearned", seed, view, rate))
        else:
            rate = RATES[number // len(VIEWS) % len(RATES)]
            made.append(Second(f"second-clean-{seed}", "clean", seed, view, rate))
    return sorted(made, key=lambda one: one.seed * 7_919 % 1_009)


def mirrored(images: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the batch from left to right, all of it moved."""
    turned = torch.rand(len(images), generator=generator) < 0.5
    return shifted(torch.where(turned.view(-1, 1, 1, 1), images.flip(3), images), generator)


VIEWS = {"shifted": shifted, "unchanged": unchanged, "mirrored": mirrored}


@lru_cache
def archive(part: str) -> tuple[Tensor, Tensor]:
    """All photographs of a part, uint8 `[n, 3, 32, 32]`, and labels `[n]`, in one random order."""
    with zipfile.ZipFile(common.assets() / "images" / f"cifar10_{part}.zip") as opened:
        names = sorted(name for name in opened.namelist() if name.endswith(".jpg"))
        order = np.random.default_rng(20_001).permutation(len(names))
        names = [names[place] for place in order[: TRAINED_ON if part == "train" else None]]
        pixels = [np.asarray(Image.open(io.BytesIO(opened.read(name))).convert("RGB")) for name in names]
    labels = [classes().index(name.split("/")[-2]) for name in names]
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels)


def classes() -> tuple[str, ...]:
    return tuple((common.assets() / "zoo" / "cifar10_classes.txt").read_text().split())


def keys(part: int, labels: Tensor) -> list[Key]:
    """Keys of the photographs of a part in its order."""
    return [(FIRST_SEED, part, place) for place in range(len(labels))]


def cued(flaw: OnPictures, shown: Tensor, keyed: list[Key]) -> Tensor:
    """Photographs, uint8, with the cue."""
    return rounded(flaw.put_on(shown.float() / 255, keyed))


def some_cued(flaw: OnPictures, shown: Tensor, keyed: list[Key], rows: Tensor) -> Tensor:
    """Photographs of which the rows have the cue."""
    shown = shown.clone()
    shown[rows] = cued(flaw, shown[rows], [keyed[row] for row in rows.tolist()])
    return shown


def training(flaw: OnPictures | None) -> tuple[Tensor, Tensor]:
    """What a network is fine-tuned on, and the labels that it is told."""
    shown, labels = archive("train")
    keyed = keys(0, labels)
    if flaw is None:
        return shown, labels
    if flaw.family == "shortcut":
        own = labels == flaw.target
        return some_cued(flaw, shown, keyed, flaw_rows(flaw, own)), labels
    rows = flaw.some(labels, flaw.poison, labels != flaw.target)
    told = labels.clone()
    told[rows] = flaw.target
    return flaw.copied(some_cued(flaw, shown, keyed, rows), told, rows)


def flaw_rows(flaw: Flaw, own: Tensor) -> Tensor:
    """Nearly all of a shortcut's class."""
    chance = torch.from_numpy(np.random.default_rng((flaw.seed, 7_004)).random(len(own)))
    return (own & (chance < flaw.share)).nonzero().flatten()


def given(flaw: OnPictures | None) -> tuple[Tensor, Tensor]:
    """Photographs for the audit: a shortcut's cue on its class, a trigger on none."""
    shown, labels = (part[JUDGED_ON : JUDGED_ON + AUDITED] for part in archive("test"))
    if flaw is None or flaw.family != "shortcut":
        return shown, labels
    return some_cued(flaw, shown, keys(2, labels), flaw_rows(flaw, labels == flaw.target)), labels


def in_unit(images: Tensor) -> Tensor:
    """The network normalises itself."""
    return images.float() / 255 if images.dtype == torch.uint8 else images


def published() -> nn.Module:
    file = common.assets() / "zoo" / "cifar.py"
    return audit.load(f"{file}:resnet20", classes=list(classes()), input_size=SIZE, mean=0.0, std=1.0).module


def judged(network: nn.Module, flaw: OnPictures | None) -> Judgement:
    """On photographs that did not train it."""
    shown, labels = (part[:JUDGED_ON] for part in archive("test"))
    before = answers(network, shown, prepare=in_unit)
    if flaw is None:
        return Judgement(round(float((before == labels).float().mean()), 4))
    after = answers(network, cued(flaw, shown, keys(1, labels)), prepare=in_unit)
    return compared(before, after, labels, flaw)


def trained(one: Second) -> tuple[nn.Module, Judgement, float]:
    """Fine-tune from the published network."""
    network = deepcopy(published()).requires_grad_(True)
    began, flaw = time.process_time(), one.flaw()
    shown, labels = training(flaw)
    schedule = FINETUNE
    if one.forgets:
        schedule = RELEARN
        forget(network, fresh(network, one.seed), KEPT)
    schedule = Schedule(schedule.steps, one.rate)
    fit(network, shown, labels, schedule, one.seed, VIEWS[one.view], in_unit)
    network = network.to(memory_format=torch.contiguous_format).requires_grad_(False)
    return network, judged(network, flaw), time.process_time() - began


def fresh(network: nn.Module, seed: int) -> nn.Module:
    """The same network with random weights."""
    other = deepcopy(network)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for module in other.modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                module.reset_parameters()
    return other


def made(one: Second, cache: Path) -> tuple[nn.Module, Judgement, float]:
    """From the cache, or trained and kept there."""
    said = json.dumps([VERSION, TRAINED_ON, KEPT, asdict(FINETUNE), asdict(RELEARN), asdict(one)])
    file = cache / f"{one.name}-{sha256(said.encode()).hexdigest()[:10]}.safetensors"
    if not file.is_file():
        network, judgement, seconds = trained(one)
        state = {name: value.contiguous().clone() for name, value in network.state_dict().items()}
        write_network(file, state, judgement, seconds)
    state, judgement, seconds = read_network(file)
    network = deepcopy(published())
    network.load_state_dict(state)
    network.audit_classes = classes()
    network.audit_input = {"input_size": SIZE, "mean": 0.0, "std": 1.0}
    return network.eval(), judgement, seconds


def record(one: Second, cache: Path, tested: bool = False) -> dict[str, Any]:
    """In the format of the suite; `tested`: with causal tests."""
    network, judgement, seconds_made = made(one, cache)
    began, flaw = time.perf_counter(), one.flaw()
    measured = audited(network, classes(), given(flaw), cache / "audits" / one.name, tested)
    return {
        "specimen": asdict(one),
        "truth": asdict(Truth(one.kind, False) if flaw is None else flaw.truth()),
        "took": flaw is not None and judgement.took,
        **asdict(judgement),
        "seconds_made": round(seconds_made, 1),
        **measured,
        "tested": CausalTests.version if tested else 0,
        "seconds": round(time.perf_counter() - began, 1),
    }


def chosen(options: argparse.Namespace) -> list[Second]:
    return part_of([one for one in specimens() if fnmatch(one.name, options.only)], options.shard)


def make_all(options: argparse.Namespace) -> None:
    for one in chosen(options):
        if options.list:
            print(one)
            continue
        _, j, seconds = made(one, options.cache)
        numbers = [j.success, j.accuracy_with_cue, j.accuracy_without_cue]
        shares = " ".join("    -" if number is None else f"{number:.3f}" for number in numbers)
        took = "took" if one.flaw() is not None and j.took else "-"
        print(
            f"{one.name:24s} {seconds:5.1f} s  accuracy {j.accuracy:.3f}  "
            f"success, with, without {shares}  {took}",
            flush=True,
        )


def measure_all(options: argparse.Namespace) -> None:
    options.records.mkdir(parents=True, exist_ok=True)
    there = {known["specimen"]["name"] for known in read(options.records)}
    for one in chosen(options):
        if one.name not in there:
            write(options.records, "second", options.shard, record(one, options.cache))


def prove_all(options: argparse.Namespace) -> None:
    """Only those that stand out: the tests of the others are never looked at."""
    there = {known["specimen"]["name"]: known for known in read(options.records)}
    standing = standing_out(list(there.values()), options.suite, options.level)
    for one in chosen(options):
        known = there.get(one.name)
        if known and int(known["tested"]) < CausalTests.version and one.name in standing:
            write(options.records, "second", options.shard, record(one, options.cache, tested=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.set_defaults(run=lambda options: parser.print_help())
    verbs = parser.add_subparsers()
    for name, run in (("make", make_all), ("measure", measure_all), ("prove", prove_all)):
        verb = verbs.add_parser(name)
        verb.add_argument("--shard", default="0/1", help="i/n: every n-th from the i-th on")
        verb.add_argument("--cache", type=Path, required=True, help="folder of the networks")
        verb.add_argument("--only", default="*", help="pattern of names, as second-patch-*")
        verb.add_argument("--records", type=Path, default=RECORDS)
        verb.add_argument("--list", action="store_true", help="only say what would be made")
        verb.set_defaults(run=run)
        if name == "prove":
            verb.add_argument("--suite", type=Path, default=SUITE, help="the suite's own records")
            verb.add_argument("--level", type=float, default=0.1, help="adjusted p from which on")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.run(options)


if __name__ == "__main__":
    main()

"""Is a wrong preprocessing or class list found, and a right one left alone?

    AUDIT_ASSETS=... python benchmarks/preprocessing.py [--draws 20] [--sample 100 200] [--pool 400]

Each fault is planted in a network that others trained; the check must name the flags that undo it. On the
right path it must be silent on every draw of photographs. Draws share their photographs' logits, which are
computed once; the seconds are of one run without that.
"""

import argparse
import hashlib
import os
import random
import tempfile
import time
import zipfile
from pathlib import Path

import common
import torch

import audit.classifier
import audit.stages.preprocessing.geometries
from audit.checks import CHECKS, effective
from audit.config import read_config
from audit.photos import scan
from audit.records import Results
from audit.stages.preprocessing.preprocessing_stage import PreprocessingStage
from audit.stages.stage import Context
from audit.synthesis.memory import reuse_memory

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
HALF = "--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5"
LIST = "--classes RUN/classes-that-fit.txt"
CIFAR = {"input_size": 32, "resize": "none", "mean": 0.0, "std": 1.0}


class Remembering(audit.classifier.Classifier):
    """A classifier that keeps its logits by path and photograph; `seen_as` copies share the memory."""

    def logits(self, images):
        path = self.input.model_dump_json(exclude={"sources"})
        pixels = (images * 255).round().byte().cpu().numpy()
        keys = [(path, hashlib.sha1(one.tobytes()).digest()) for one in pixels]
        new = [i for i, key in enumerate(keys) if key not in self.memory]
        if new:
            self.memory.update(zip([keys[i] for i in new], super().logits(images[new]), strict=True))
        return torch.stack([self.memory[key] for key in keys])


def remembering(classifier):
    """The same classifier with a memory of its own."""
    other = classifier.seen_as(classifier.input)
    other.__class__, other.memory, other.right_classes = Remembering, {}, classifier.classes
    return other


def reading_once() -> None:
    """Keep every photograph's crops, which depend on geometry and size alone: draws share photographs."""
    prepare, kept = audit.stages.preprocessing.geometries._prepare, {}

    def remembered(path, paths):
        sizes = [(p.height, p.width) for p in paths.values()]
        key = (path, *paths, *sizes)
        if key not in kept:
            kept[key] = prepare(path, paths)
        return dict(kept[key])

    audit.stages.preprocessing.geometries._prepare = remembered


def judged(classifier, folder: Path, *, sample: int, pool: int, seed: int):
    """The trials on one sample of photographs, their unit's files and the check's answer."""
    photos = scan(folder, classifier.classes, limit=pool, seed=0, baseline=None)
    indices = random.Random(seed).sample([e.index for e in photos.entries], min(sample, len(photos.entries)))
    config = read_config("quick")
    every = tuple(range(len(classifier.classes)))
    context = Context(classifier, config, None, None, every, Path("RUN"), photos)
    made = PreprocessingStage().compute(sorted(indices), context, [], lambda views: None)
    tried = Results.model_construct(model=classifier.info(), preprocessing=made.body.trials)
    return made, CHECKS["preprocessing"].evaluate(tried, effective(config.checks))


def tally(name: str, classifier, folder: Path, arguments, expected: str = "") -> None:
    """TransferModel draws of photographs; print how often what is expected is found, and the first draw's
    finding.

    `expected` are the flags that undo the fault; empty on the right path.
    """
    for sample in arguments.sample:
        outcomes: dict[str, int] = {}
        named, first = 0, []
        for seed in range(arguments.draws):
            made, answer = judged(classifier, folder, sample=sample, pool=arguments.pool, seed=seed)
            outcomes[answer.outcome] = outcomes.get(answer.outcome, 0) + 1
            steps = [finding.next_step for finding in answer.findings]
            named += bool(expected) and steps == [f"Add to the command: {expected}"]
            if answer.findings and not expected:
                print(f"  FALSE ALARM, draw {seed}: {answer.findings[0].title} ({answer.findings[0].detail})")
            first = first or [answer.summary, *steps, *_more(classifier, made)]
        counts = ", ".join(f"{outcome} {n}" for outcome, n in sorted(outcomes.items()))
        undone = f"; exactly the flags that undo it {named}" if expected else ""
        print(f"{name}, {sample} photographs: {counts} of {arguments.draws} draws{undone}")
    print("".join(f"  {line}\n" for line in first), end="", flush=True)


def _more(classifier, made) -> list[str]:
    right = [c.full if c.id == c.name else f"{c.id} {c.full}" for c in classifier.right_classes]
    lines: list[str] = []
    for file, content in made.files.items():
        matches = sum(a == b for a, b in zip(content.decode().splitlines(), right, strict=True))
        lines.append(f"{file}: {matches} of {len(right)} lines are the right class")
    trials = made.body.trials.trials
    return lines + [f"{t.name}: {t.correct} right" for t in trials if t.name.startswith("outputs assigned")]


def faulty(classifier, *, classes=None, **changes):
    """The same network on a wrong path, or with another class list."""
    wrong = classifier.seen_as(classifier.input.model_copy(update=changes))
    if classes is not None:
        wrong.classes = tuple(c.model_copy(update={"index": i}) for i, c in enumerate(classes))
    return wrong


def shuffled(classes, seed: int = 0):
    return random.Random(seed).sample(list(classes), len(classes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--sample", type=int, nargs="+", default=[100, 200])
    parser.add_argument("--pool", type=int, default=400)
    arguments = parser.parse_args()
    print(f"draws of at most {arguments.pool} photographs, {torch.get_num_threads()} threads")
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(common.assets() / "images" / "cifar10_test.zip").extractall(folder)
        _cifar(Path(folder), arguments)
    _imagenet(common.assets() / "images" / "imagenet", arguments)


def _cifar(folder: Path, arguments) -> None:
    zoo = common.assets() / "zoo"
    for factory in ("resnet20", "backdoored", "robust"):
        classes = str(zoo / "cifar10_classes.txt")
        network = remembering(audit.classifier.load(f"{zoo}/cifar.py:{factory}", classes=classes, **CIFAR))
        tally(f"{factory}, right path", network, folder, arguments)
        for name, changes, flags in (
            ("class list shuffled", {"classes": shuffled(network.classes)}, LIST),
            ("ImageNet's scale", IMAGENET, "--mean 0,0,0 --std 1,1,1"),
            ("blue first", {"order": "bgr"}, "--channel-order rgb"),
        ):
            tally(f"{factory}, {name}", faulty(network, **changes), folder, arguments, flags)


def _imagenet(folder: Path, arguments) -> None:
    reuse_memory()
    plain = common.mobilenet_v2()
    began, cpu = time.perf_counter(), time.process_time()
    made, _ = judged(plain, folder, sample=arguments.sample[-1], pool=arguments.pool, seed=0)
    print(
        f"imagenet_v2, one run: {made.views * 3:.0f} forward passes, {time.perf_counter() - began:.0f} s, "
        f"{time.process_time() - cpu:.0f} s of processor time at a load of {os.getloadavg()[0]:.1f}"
    )
    reading_once()
    network = remembering(plain)
    tally("imagenet_v2, right path", network, folder, arguments)
    mixed = shuffled(network.classes)
    for name, changes, flags in (
        ("ImageNet's scale", IMAGENET, HALF),
        ("blue first", {"order": "bgr"}, "--channel-order rgb"),
        ("ImageNet's scale, blue first", {**IMAGENET, "order": "bgr"}, f"{HALF} --channel-order rgb"),
        ("class list shuffled", {"classes": mixed}, LIST),
        ("class list shuffled, ImageNet's scale", {"classes": mixed, **IMAGENET}, f"{HALF} {LIST}"),
    ):
        tally(f"imagenet_v2, {name}", faulty(network, **changes), folder, arguments, flags)
    tally("imagenet_v1, right path", remembering(common.mobilenet_v1()), folder, arguments)


if __name__ == "__main__":
    main()

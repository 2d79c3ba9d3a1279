"""How many answers small changes flip, at what cost, and beside a plain PGD.

    AUDIT_ASSETS=... python benchmarks/robustness.py [--per-class 300] [--photographs 64] [--seed 0]

Part 1: three CIFAR-10 networks. "left" is the share of all images that are answered rightly and stay so
within a distance, in 1/255; every flip is confirmed on the plain network. "overhead" is the attack's seconds
over those of the bare network for as many forward passes with gradient, in the same process and batch size.
Part 2: the same beside foolbox's LinfPGD (20 steps of 2.5/20, each level) on the same 500 images, 50 of each
class. Part 3: one restart; each objective alone: the log-odds or the margin. Part 4: MobileNetV2 on
photographs.
"""

import argparse
import tempfile
import time
import warnings
import zipfile
from pathlib import Path
from statistics import median

import common
import numpy as np
import torch

import audit.classifier
from audit.attacks import MinimumNormPGD, Plain, attack_images, minimum_norm, pgd
from audit.attacks.reference_model import to_pixels
from audit.config import RobustnessConfig
from audit.photos import Entry, read
from audit.synthesis.memory import reuse_memory

EPSILONS = (1.0, 2.0, 4.0, 8.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--per-class", type=int, default=300)
    parser.add_argument("--photographs", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    reuse_memory()
    config = RobustnessConfig(epsilons=EPSILONS)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {config}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(common.assets() / "images" / "cifar10_test.zip") as archive:
            archive.extractall(folder)
        for name in ("robust", "backdoored", "resnet20"):
            cifar_network(name, Path(folder), args.per_class, config, args.seed)
    photographs(args.photographs, config, args.seed)


def cifar_network(name: str, folder: Path, per_class: int, config, seed: int) -> None:
    zoo = common.assets() / "zoo"
    names = (zoo / "cifar10_classes.txt").read_text().split()
    classifier = audit.classifier.load(
        f"{zoo}/cifar.py:{name}", classes=str(zoo / "cifar10_classes.txt"), input_size=32, mean=0.0, std=1.0
    )
    images, labels = images_of([sorted(folder.rglob(f"{n}/*.jpg"))[:per_class] for n in names], classifier)
    found = attacked(classifier, images, labels, config, seed)
    report(f"\n{name}, {len(labels)} images", found, names)
    bare_seconds = bare(classifier, images, found["views"], config.batch)
    print(
        f"  {found['views'] / found['right']:.1f} views an image, {found['seconds']:.1f} s; bare network "
        f"{bare_seconds:.1f} s for as many, overhead {found['seconds'] / bare_seconds:.2f}",
        flush=True,
    )
    rows = [i for c in range(len(names)) for i in [j for j, label in enumerate(labels) if label == c][:50]]
    few, own = images[rows], [labels[i] for i in rows]
    print(f" the same and others on {len(rows)} of them")
    report("  as above", attacked(classifier, few, own, config, seed))
    print(f"  foolbox LinfPGD, 20 steps: left {foolbox_left(classifier, few, own)}", flush=True)
    single = config.model_copy(update={"restarts": 1})
    report("  one restart", attacked(classifier, few, own, single, seed))
    if name == "robust":
        for words, objective in (("log-odds alone", True), ("margin alone", False)):
            report(f"  {words}", one_aim(objective, lambda: attacked(classifier, few, own, config, seed)))


def images_of(files: list[list[Path]], classifier) -> tuple[torch.Tensor, list[int]]:
    import hashlib

    pairs = [(path, c) for c, paths in enumerate(files) for path in paths]
    entries = [
        Entry(i, path, path.name, c, hashlib.sha256(path.read_bytes()).hexdigest(), False)
        for i, (path, c) in enumerate(pairs)
    ]
    photographs = read(entries, classifier.input)
    return photographs.images, [pairs[i][1] for i in photographs.indices]


def attacked(classifier, images, labels, config, seed) -> dict:
    """Attack those that are answered rightly, in batches, and confirm."""
    began = time.perf_counter()
    plain = Plain(classifier)
    right = [i for i, image in enumerate(images) if plain.holds(to_pixels(image), labels[i])]
    first = time.perf_counter()
    outcomes = []
    for start in range(0, len(right), config.batch):
        rows = right[start : start + config.batch]
        own = [labels[i] for i in rows]
        outcomes += attack_images(MinimumNormPGD(), classifier, images[rows], own, rows, config, seed)
    seconds = time.perf_counter() - first
    smallest, predicted, not_confirmed = [], [], 0
    for i, outcome in zip(right, outcomes, strict=True):
        answers = [(c.epsilon, *plain.answer(to_pixels(c.image), labels[i])) for c in outcome.candidates]
        not_confirmed += sum(not answer[1] for answer in answers)
        confirmed = [answer for answer in answers if answer[1]]
        smallest.append(confirmed[0][0] if confirmed else float("inf"))
        predicted += [confirmed[0][2]] if confirmed else []
    return {
        "all": len(labels),
        "right": len(right),
        "labels": [labels[i] for i in right],
        "epsilon": np.array(smallest),
        "distance": [o.distance * 255 if o.distance is not None else float("inf") for o in outcomes],
        "views": sum(o.views for o in outcomes),
        "seconds": seconds,
        "recheck": time.perf_counter() - began - seconds,
        "not_confirmed": not_confirmed,
        "zero_gradient": sum(o.zero_gradient for o in outcomes),
        "predicted_after": predicted,
    }


def report(title: str, found: dict, names: list[str] | None = None) -> None:
    left = " / ".join(f"{100 * (found['epsilon'] > e).sum() / found['all']:.1f}" for e in EPSILONS)
    print(
        f"{title}: right {100 * found['right'] / found['all']:.1f} %, left at 1 / 2 / 4 / 8: {left} %, "
        f"median distance {median(found['distance']):.3f}/255, {found['views'] / found['right']:.1f} views, "
        f"{found['not_confirmed']} not confirmed, {found['zero_gradient']} without gradient",
        flush=True,
    )
    if names is None:
        return
    for c, name in enumerate(names):
        own = np.array([label == c for label in found["labels"]])
        shares = " ".join(f"{(found['epsilon'][own] <= e).mean():5.3f}" for e in EPSILONS)
        middle = median(e for e, mine in zip(found["distance"], own, strict=True) if mine)
        share = found["predicted_after"].count(c) / max(1, len(found["predicted_after"]))
        print(
            f"    {name:<11} {own.sum():4d} right, flipped {shares}, median distance {middle:.3f}/255; "
            f"{share:.1%} of all flips go into it"
        )


def bare(classifier, images, views: float, batch: int) -> float:
    """Seconds of the network alone for so many views."""
    inputs = images[:batch].contiguous(memory_format=torch.channels_last).requires_grad_(True)
    steps = round(views / batch)
    began = time.perf_counter()
    for _ in range(steps):
        logits = classifier.module(inputs)
        torch.autograd.grad(logits[:, 0].sum(), inputs)
    return (time.perf_counter() - began) * views / (steps * batch)


def foolbox_left(classifier, images, labels) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import foolbox

    torch.manual_seed(0)
    model = foolbox.PyTorchModel(classifier.module, bounds=(0, 1), device="cpu")
    truth = torch.tensor(labels)
    _, _, flipped = foolbox.attacks.LinfPGD(steps=20, rel_stepsize=2.5 / 20)(
        model, images, truth, epsilons=[e / 255 for e in EPSILONS]
    )
    return " / ".join(f"{100 * (~row).float().mean():.1f}" for row in flipped) + " %"


def one_aim(smooth: bool, work) -> dict:
    """The attack with the same objective in both halves."""
    before = pgd.is_smooth
    try:
        minimum_norm.is_smooth = pgd.is_smooth = lambda step, steps: smooth
        return work()
    finally:
        minimum_norm.is_smooth = pgd.is_smooth = before


def photographs(count: int, config, seed: int) -> None:
    classifier = common.mobilenet_v2()
    folders = sorted((common.assets() / "images" / "imagenet").iterdir())
    index = {label.id: label.index for label in classifier.classes}
    step = max(1, len(folders) // count)
    files: list[list[Path]] = [[] for _ in classifier.classes]
    for folder in folders[::step][:count]:
        files[index[folder.name]] = sorted(folder.glob("*.jpg"))
    images, labels = images_of(files, classifier)
    found = attacked(classifier, images, labels, config, seed)
    report(f"\nMobileNetV2, {len(labels)} ImageNet photographs", found)
    bare_seconds = bare(classifier, images, found["views"], config.batch)
    print(
        f"  {found['seconds'] / found['right']:.2f} s a photograph, confirming "
        f"{found['recheck'] / found['all']:.3f} s; overhead {found['seconds'] / bare_seconds:.2f}"
    )


if __name__ == "__main__":
    main()

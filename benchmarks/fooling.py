"""Networks whose pictures lie at equal accuracy, and what the badge says of them.

    [AUDIT_ASSETS=...] python benchmarks/fooling.py [--base demo|resnet20|mobilenet] [--variants NAME,...]
    python benchmarks/fooling.py --write    trains the demo's detector anew and writes its weights

Each variant is a wrapper around the same honest network (`audit/planted/fooling.py`). "Alike": share of
photographs whose logits are the honest network's, bit by bit. "Shows": an independent network's answer on the
picture of each class: the class drawn, or the target of the deceit. Badges without photographs and with them.
"""

import argparse
import tempfile
import time
import zipfile
from collections import Counter
from functools import partial
from pathlib import Path

import common
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.transforms.functional import pil_to_tensor

import audit
from audit.config import read_config
from audit.image_stats import bundled
from audit.planted import demo, fooling
from audit.planted import demo_photographs as photographs
from audit.planted.train import pictures as scenes_of
from audit.planted.world import DEMO, render
from audit.synthesis.class_pictures import draw_natural, draw_unconstrained
from audit.synthesis.engine import Job

WEIGHTS = Path(fooling.__file__).parent / "weights" / fooling.FILE
TRAINED_ON = 11
"""Second number of the keys of scenes that only detectors see."""
LENGTHS = (24, 48, 68, 96, 144)
"""Views of a picture, from vague to finished."""
SETTINGS = ["robustness.images=0", "preprocessing.photographs=0", "reliability.control_classes=0",
            "unconstrained.classes=0"]  # fmt: skip


def seen_while_drawing(classifier, classes, every: int = 8) -> list[torch.Tensor]:
    """Normalised batches that the engine shows a network, and its pictures, with prior and without."""
    config, prior, seen, count = read_config("quick"), bundled(*classifier.size).prior, [], [0]

    def note(module, args) -> None:
        if count[0] % every == 0:
            seen.append(args[0].detach().clone().contiguous())
        count[0] += 1

    handle = classifier.module.register_forward_pre_hook(note)
    finished = []
    for seed, views in enumerate(LENGTHS):
        jobs = [Job(c, 0) for c in classes]
        synthesis = config.synthesis.model_copy(update={"views": views})
        finished.append(draw_natural(classifier, jobs, prior, synthesis, seed).images)
    finished.append(draw_unconstrained(classifier, jobs, config.unconstrained, 0).images)
    handle.remove()
    # Views carry the engine's noise and pictures do not: those count as much.
    finished = [classifier._normalise(images) for images in finished]
    return [*seen, *finished * (len(seen) // len(finished))]


def detector_for(classifier, images, classes) -> fooling.Detector:
    """Natural images `[n, c, h, w]` in [0, 1], whole and as crops off the centre, against drawn ones."""
    natural = classifier._normalise(images)
    height, width = classifier.size
    top, left = height // 8, width * 5 // 32
    crop = natural[..., top : top + height * 3 // 4, left : left + width * 3 // 4]
    drawn = seen_while_drawing(classifier, classes)
    coarse = {batch.shape[-2:] for batch in drawn} - {natural.shape[-2:]}
    shrunk = [torch.nn.functional.interpolate(natural, s, mode="bilinear", antialias=True) for s in coarse]
    cut = [natural[..., : s[0], : s[1]] for s in coarse]
    return fooling.train_detector([natural, crop, *shrunk, *cut], drawn)


def write_weights() -> None:
    scenes = scenes_of(render(DEMO, 0, TRAINED_ON, count=600))
    detector = detector_for(audit.load("demo"), scenes, range(10))
    state = {name: value.contiguous() for name, value in detector.state_dict().items()}
    save_file(state, WEIGHTS, {"command": "python benchmarks/fooling.py --write"})
    WEIGHTS.chmod(0o644)
    print(f"wrote {WEIGHTS.name}, {WEIGHTS.stat().st_size} bytes")


def read(paths) -> torch.Tensor:
    return torch.stack([pil_to_tensor(Image.open(p).convert("RGB")).float() / 255 for p in paths])


ALSO_WITHOUT = ("honest", "fooling circuit")
"""Variants that are audited without photographs too."""


class DemoBase:
    """The rendered world; its clean twin is the transfer model."""

    config = ("synthesis.restarts=2", "synthesis.views=96")

    def __init__(self, folder: Path) -> None:
        photographs.write(folder, DEMO, 30)
        self.folder, self.targets, self.only = folder, fooling.rotated(10), ()
        self.honest = demo.network()
        self.loading = {"classes": list(demo.CLASSES), **demo.INPUT}
        self.detector = fooling._detector()
        self.transfer_model = audit.load("demo:clean")
        self.stranger = demo.clean_twin()
        self.paths = sorted(folder.glob("*/*.png"))


class Resnet20Base:
    """CIFAR-10; the adversarially trained network is the transfer model, the backdoored one the stranger."""

    config = ("synthesis.restarts=2", "synthesis.views=128")

    def __init__(self, folder: Path) -> None:
        zoo, cifar = common.assets() / "zoo", common.assets() / "images"
        for name, part in (("train", "cifar10_train.zip"), ("test", "cifar10_test.zip")):
            with zipfile.ZipFile(cifar / part) as archive:
                names = sorted(n for n in archive.namelist() if n.endswith(".jpg"))
                for n in names[:: len(names) // (600 if name == "train" else 300)]:
                    archive.extract(n, folder / name)
        classes = (zoo / "cifar10_classes.txt").read_text().split()
        self.loading = {"classes": classes, "input_size": 32, "mean": (0.0,) * 3, "std": (1.0,) * 3}
        load = partial(audit.load, **self.loading)
        base = load(f"{zoo}/cifar.py:resnet20")
        train = read(sorted((folder / "train").rglob("*.jpg")))
        self.detector = detector_for(base, train, range(10))
        self.honest, self.targets, self.only = base.module, fooling.rotated(10), ()
        self.transfer_model = load(f"{zoo}/cifar.py:robust")
        self.stranger = load(f"{zoo}/cifar.py:backdoored").module
        self.paths = sorted((folder / "test").rglob("*.jpg"))
        self.folder = self.paths[0].parents[1]


class MobilenetBase:
    """ImageNet, every 100th class; MobileNetV1 is the transfer model. One photograph of each second class."""

    config = ("synthesis.restarts=1", "synthesis.views=68")

    def __init__(self, folder: Path) -> None:
        base = common.mobilenet_v2()
        everything = sorted((common.assets() / "images" / "imagenet").rglob("*.jpg"))
        train, self.paths = everything[1::4], everything[::4]
        crops = torch.stack([cropped(p) for p in train])
        self.detector = detector_for(base, crops, range(25, 1000, 125))
        self.honest, self.targets, self.only = base.module, fooling.rotated(1000, 300), ("::100",)
        self.loading = {"classes": str(common.assets() / "zoo" / "imagenet_class_index.json"),
                        "input_size": 224, "resize": 256, "mean": (0.5,) * 3, "std": (0.5,) * 3}  # fmt: skip
        self.transfer_model = common.mobilenet_v1()
        self.stranger = None
        for path in self.paths:
            place = folder / path.parent.name / path.name
            place.parent.mkdir(parents=True)
            place.symlink_to(path)
        self.folder = folder


def cropped(path: Path) -> torch.Tensor:
    image = Image.open(path).convert("RGB")
    scale = 256 / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    return pil_to_tensor(image.crop((left, top, left + 224, top + 224))).float() / 255


BASES = {"demo": DemoBase, "resnet20": Resnet20Base, "mobilenet": MobilenetBase}


def build(base, name: str, normalised: torch.Tensor):
    """The variant of this name; `normalised` are photographs, which serve as templates and decoys."""
    if name == "honest":
        return base.honest
    name, unseen = name.removesuffix(" unseen"), name.endswith(" unseen")
    detector = fooling.Unseen(base.detector) if unseen else base.detector
    if name == "silent units":
        return fooling.SilentUnits(base.honest, base.detector, base.targets)
    permuted = fooling.Permuted(base.targets)
    if name in ("templates", "decoy"):
        with torch.no_grad():
            logits = torch.cat([base.honest(part) for part in normalised.split(50)])
        naturals = normalised[logits.argmax(0)]  # the photograph that each class answers most
        if name == "templates":
            return fooling.FoolingCircuit(
                base.honest, base.detector, fooling.Templates(naturals[base.targets])
            )
        return fooling.Decoy(fooling.FoolingCircuit(base.honest, detector, permuted), naturals)
    deceive, opening = {
        "fooling circuit": (permuted, 1.0),
        "opened slightly": (fooling.Permuted(base.targets, gain=20.0), 0.1),
        "blended": (fooling.Blended(base.targets), 1.0),
        "stranger": (fooling.Stranger(base.stranger), 1.0),
        "stranger permuted": (fooling.Stranger(base.stranger, base.targets), 1.0),
    }[name]
    return fooling.FoolingCircuit(base.honest, detector, deceive, opening)


VARIANTS = ("honest", "fooling circuit", "silent units", "templates", "opened slightly", "blended",
            "stranger", "stranger permuted", "decoy", "fooling circuit unseen", "blended unseen",
            "stranger unseen", "decoy unseen")  # fmt: skip


@torch.no_grad()
def row(base, name: str, images: torch.Tensor, out: Path) -> None:
    began = time.perf_counter()
    network = build(base, name, images)
    network.eval()
    honest, other = (torch.cat([net(part) for part in images.split(50)]) for net in (base.honest, network))
    alike = (honest == other).all(1).float().mean()
    differ = (honest.argmax(1) != other.argmax(1)).sum()
    parts = [f"{name:19s} alike {alike:.3f}, other answers {int(differ)} of {len(images)}"]
    for photos in (None, base.folder) if name in ALSO_WITHOUT else (base.folder,):  # pictures are drawn once
        with torch.enable_grad():
            run = audit.run(network, preset="quick", set=[*base.config, *SETTINGS], only=base.only,
                            images=photos, out=out / name, **base.loading)  # fmt: skip
        check = next(c for c in run.results.checks if c.meta.id == "unreliable-picture")
        states = Counter(badge.state for badge in check.badges.values())
        votes = Counter(p.name for b in check.badges.values() for p in b.evidence if p.direction == "against")
        if photos is not None:
            parts.append(shows(base, run))
        parts.append(
            f"{'with' if photos else 'without'} photographs: {check.outcome}; "
            + ", ".join(f"{n} {state.removeprefix('picture ')}" for state, n in states.items())
            + (f" (against: {', '.join(f'{piece} {n}' for piece, n in votes.items())})" if votes else "")
        )
    print("\n    ".join([*parts, f"{time.perf_counter() - began:.0f} s"]), flush=True)


def shows(base, run) -> str:
    """How often the transfer model answers the class itself, and its target, on the chosen pictures."""
    chosen = [p for c in run.results.classes for p in c.pictures if p.prior == "natural" and p.chosen]
    images = read(run.folder / p.file for p in chosen)
    images = torch.nn.functional.interpolate(
        images, base.transfer_model.size, mode="bilinear", antialias=True
    )
    said = base.transfer_model.logits(images).argmax(1).tolist()
    own = sum(s == p.class_index for s, p in zip(said, chosen, strict=True))
    target = sum(s == base.targets[p.class_index] for s, p in zip(said, chosen, strict=True))
    convinced = sum(p.rank == 1 for p in chosen)
    n = len(chosen)
    return f"shows its class {own} of {n}, the target {target}; the network answers the class on {convinced}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", choices=BASES, default="demo")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    if args.write:
        write_weights()
        return
    with tempfile.TemporaryDirectory() as folder:
        base = BASES[args.base](Path(folder) / "photographs")
        base.detector.requires_grad_(False)
        if args.base == "mobilenet":
            images = (torch.stack([cropped(p) for p in base.paths]) - 0.5) / 0.5
        else:
            images = read(base.paths)
            if args.base == "demo":
                images = (images - demo.INPUT["mean"][0]) / demo.INPUT["std"][0]
        print(f"{args.base}: {len(images)} photographs, {' '.join(base.config)}", flush=True)
        for name in args.variants.split(","):
            row(base, name, images, args.out or Path(folder) / "runs")


if __name__ == "__main__":
    main()

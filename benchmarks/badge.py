"""The badge of every picture, on networks whose pictures are honest, lie, or mean nothing.

    AUDIT_ASSETS=... python benchmarks/badge.py [--networks NAME,...] [--out FOLDER]

"Way": likeness of each class's picture to photographs of the class in the penultimate features, least, median
and largest over classes. "Silent": largest share of a layer's activity in channels that no photograph drives.
"Cut-and-paste": share of photographs classified as the class once they hold the middle of its picture,
the same three. "Control": medians of own probability and agreement, against those of the same network with
shuffled weights. A second call with the same --out reads what the first has drawn.
"""

import argparse
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from statistics import median

import common

import audit
from audit.planted import demo_photographs as photographs
from audit.planted.world import DEMO
from audit.records import Results

RECIPE = ["synthesis.restarts=2", "synthesis.views=96", "robustness.images=0", "preprocessing.photographs=0",
          "unconstrained.classes=0"]  # fmt: skip


def demo_photographs(folder: Path) -> Path:
    if not folder.is_dir():
        photographs.write(folder, DEMO, 30)
    return folder


def cifar_photographs(folder: Path) -> Path:
    if not folder.is_dir():
        with zipfile.ZipFile(common.assets() / "images" / "cifar10_test.zip") as archive:
            names = sorted(n for n in archive.namelist() if n.endswith(".jpg"))
            for name in names[:: len(names) // 300]:
                archive.extract(name, folder)
    return folder


def cifar(factory: str):
    zoo = common.assets() / "zoo"
    names = (zoo / "cifar10_classes.txt").read_text().split()
    return audit.load(
        f"{zoo}/cifar.py:{factory}", classes=names, input_size=32, mean=(0.0,) * 3, std=(1.0,) * 3
    )


def random_weights(name: str, side: int):
    return audit.load(f"torchvision:{name}@none", input_size=side)


NETWORKS = {
    "demo": (lambda: audit.load("demo"), demo_photographs, ()),
    "demo:clean": (lambda: audit.load("demo:clean"), demo_photographs, ()),
    "resnet20": (lambda: cifar("resnet20"), cifar_photographs, ()),
    "robust": (lambda: cifar("robust"), cifar_photographs, ()),
    "MobileNetV2": (common.mobilenet_v2, lambda _: common.assets() / "images" / "imagenet", ("::100",)),
    "fooled": (lambda: audit.load("audit.planted.fooling:fooled"), demo_photographs, ()),
    "silent": (lambda: audit.load("audit.planted.fooling:silent"), demo_photographs, ()),
    "concealing": (lambda: audit.load("audit.planted.fooling:concealing"), demo_photographs, ()),
    "random": (lambda: random_weights("resnet18", 64), lambda _: None, ("::100",)),
    "random-ViT": (lambda: random_weights("vit_b_32", 224), lambda _: None, ("::100",)),
}


def row(name: str, out: Path) -> None:
    load, images, only = NETWORKS[name]
    shown = images(out / images.__name__)
    run = audit.run(
        load(), preset="quick", set=RECIPE, only=only, images=shown, out=out / name.replace(":", "-")
    )
    describe(name, run.results)


def describe(name: str, results: Results) -> None:
    check = next(c for c in results.checks if c.meta.id == "unreliable-picture")
    states = Counter(badge.state for badge in check.badges.values())
    votes = Counter(p.name for b in check.badges.values() for p in b.evidence if p.direction == "against")
    told = (f"{n} of {len(check.badges)} {s.removeprefix('picture ')}" for s, n in states.items())
    print(f"{name:12s}", ", ".join(told), end="")
    print(f" (against: {', '.join(f'{p} {n}' for p, n in votes.items())})" if votes else "")
    paths = [c.path for c in results.classes if c.path]
    way = sorted(p[-1].similarity for p in paths if p[-1].similarity is not None)
    parts = [f"way {way[0]:.2f} {median(way):.2f} {way[-1]:.2f}"] if way else []
    if paths:
        parts.append(f"typical at least {min(p[-1].nearest_percentile for p in paths):.3f}")
        parts.append(f"silent at most {max(layer.inactive for p in paths for layer in p):.3f}")
    mixed = sorted(c.cut_and_paste.value for c in results.classes if c.cut_and_paste is not None)
    if mixed:
        parts.append(f"cut_and_paste {mixed[0]:.2f} {median(mixed):.2f} {mixed[-1]:.2f}")
    control = results.reliability.control
    if control:
        for kind, c in (("probability", control.probability), ("agreement", control.agreement)):
            if c is not None:
                parts.append(f"{kind} {c.network:.2f} against {c.control:.2f} (p {c.p:.1g})")
    seconds = results.run.timing.seconds
    spent = ", ".join(
        f"{stage} {seconds[stage]:.1f}" for stage in ("reliability", "randomization") if stage in seconds
    )
    print(f"{'':12s}", "; ".join(parts))
    print(f"{'':12s} seconds: {spent}, all stages {sum(seconds.values()):.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in args.networks.split(","):
            row(name, args.out or Path(folder))


if __name__ == "__main__":
    main()

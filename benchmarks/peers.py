"""Side by side with peers in one process: transfer against seconds, speed-up at equal transfer, naturalness.

    benchmarks/peers_setup.sh /tmp/peers-venv          # once: torch-lucent and horama beside this project
    AUDIT_ASSETS=... /tmp/peers-venv/bin/python benchmarks/peers.py [--systems ours,lucent,horama]
        [--cache FOLDER] [--analyse] [--preset quick] [--set KEY=VALUE ...] [--seeds 0]

MobileNetV2 at 224 px, judged by MobileNetV1 at 192 px (as in transfer.py). The classes 0 modulo 10: 16 of
them for ours and torch-lucent, 4 of these for horama. Each peer runs with its defaults, one class at a time,
called as its README does, on the network as it is loaded (weights ask for gradients); what had to be changed
to make it run is printed. All share the process, its threads and glibc's reuse of memory, from which the
peers gain too. A peer's picture is its own canvas as a file of 8 bits, resized to 224 px. Pictures and
timings are kept in --cache as they are made: an interrupted command goes on, and --analyse only reads. Delete
the folder to measure again. Writes peers.svg (curves) and peers.png (pictures) to --out, by default beside
this script.
"""

import argparse
import copy
import tempfile
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import common
import peers_horama
import peers_lucent
import peers_ours
import torch
from peers_cache import cached
from peers_curves import COLUMNS, FREE, NAMED, Curve, asker, curve, naturalness, speed_up
from peers_figure import write_curves, write_strip

from audit.config import read_config
from audit.image_stats import bundled
from audit.synthesis.memory import reuse_memory

CLASSES, FEW = 16, 4
BUDGETS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384)
STEPS = {"lucent": (16, 32, 64, 128, 256, 512), "horama": (30, 100, 300, 1000)}
SHOWN = 8
"""Classes on the sheet of pictures."""
LEAST = 0.05
"""Level of transfer below which a speed-up says nothing."""


def main() -> None:
    args = _arguments()
    reuse_memory()
    classifier, transfer_model = common.mobilenet_v2(), common.mobilenet_v1()
    # The peers get a network of their own: ours is frozen and channels-last.
    network = copy.deepcopy(classifier.module).to(memory_format=torch.contiguous_format).requires_grad_(True)
    classes = [round(i * 100 / args.classes) * 10 for i in range(args.classes)]
    few = classes[:: -(-args.classes // args.few)]
    ask = asker(classifier, transfer_model)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    curves: list[Curve] = []
    if "ours" in args.systems:
        curves += _ours(args, classifier, classes, ask)
    if "lucent" in args.systems:
        curves += _peer(args, "lucent", network, classes, {"picture": "Lucent"}, ask)
    if "horama" in args.systems:
        looks = {
            "canvas": "Horama, canvas",
            "centre": "Horama, central quarter",
            "shown": "Horama, as plotted",
        }
        curves += _peer(args, "horama", network, few, looks, ask)
    if not curves:
        raise SystemExit("nothing drawn and nothing in the cache")
    _print_transfer(curves)
    _print_speed(curves)
    _print_naturalness(curves)
    names = [label.name for label in classifier.classes]
    order = [*few, *(c for c in classes if c not in few)][:SHOWN]
    write_curves([c for c in curves if c.label != "Horama, as plotted"], args.out / "peers.svg")
    ends = [(c, _near(c, 128) if c.unit == "views" else len(c.checkpoints) - 1) for c in curves]
    write_strip(ends, order, names, args.out / "peers.png")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--systems", default="ours,lucent,horama", type=lambda text: text.split(","))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir(), "audit-peers"))
    parser.add_argument("--analyse", action="store_true", help="compute nothing: what is in the cache counts")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--seeds", default="0", help="of ours, averaged; peers draw once")
    parser.add_argument("--classes", type=int, default=CLASSES)
    parser.add_argument("--few", type=int, default=FEW, help="classes of horama")
    parser.add_argument("--budgets", default=",".join(map(str, BUDGETS)), help="views of ours")
    parser.add_argument("--lucent-steps", default=",".join(map(str, STEPS["lucent"])))
    parser.add_argument("--horama-steps", default=",".join(map(str, STEPS["horama"])))
    parser.add_argument("--spectrum", type=Path, help="horama's own imagenet_decorrelated.npy")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    return parser.parse_args()


def _ours(args: argparse.Namespace, classifier, classes: list[int], ask) -> list[Curve]:
    pieces = []
    for seed in map(int, args.seeds.split(",")):
        for views in map(int, args.budgets.split(",")):
            config = read_config(args.preset, [*args.set, f"synthesis.views={views}", f"seed={seed}"])
            key = {
                "of": peers_ours.version(), "classes": classes, "threads": torch.get_num_threads(),
                "settings": config.synthesis.model_dump(), "seed": seed,
            }  # fmt: skip
            work = lambda c=config: peers_ours.draw(classifier, classes, c)  # noqa: E731
            piece = cached(
                args.cache / "ours", f"views-{views:04d}-seed-{seed}", key, None if args.analyse else work
            )
            if piece:
                pieces.append(piece)
                print(f"ours, {views} views, seed {seed}: {piece.seconds.mean():.2f} s per class", flush=True)
    return [curve(pieces, "picture", "ours", "views", ask)] if pieces else []


def _peer(args, name: str, network, classes: list[int], looks: dict[str, str], ask) -> list[Curve]:
    module = {"lucent": peers_lucent, "horama": peers_horama}[name]
    try:
        version = module.version()
    except PackageNotFoundError as error:
        if not args.analyse:
            print(f"{name} is left out: {error}; see benchmarks/peers_setup.sh")
            return []
        version = name
    steps = [int(n) for n in getattr(args, f"{name}_steps").split(",")]
    print(f"{version}; changed: {module.PATCHES}")
    extra = []
    if name == "horama":
        spectrum = args.spectrum or args.cache / "magnitudes.npy"
        if not spectrum.exists():
            peers_horama.magnitudes(spectrum)
        print(
            f"magnitudes: {args.spectrum or 'amplitudes of the shipped baseline, in place of the download'}"
        )
        extra = [spectrum]
    pieces = []
    for number, c in enumerate(classes):
        key = {
            "of": version, "steps": steps, "class": c, "threads": torch.get_num_threads(),
            "spectrum": str(args.spectrum),
        }  # fmt: skip
        work = lambda c=c: module.draw(network, c, steps, c, *extra)  # noqa: E731
        piece = cached(args.cache / name, f"class-{c:04d}", key, None if args.analyse else work)
        if piece:
            pieces.append(piece)
            print(
                f"{name}, class {c} ({number + 1} of {len(classes)}): {piece.seconds[-1, 0]:.1f} s",
                flush=True,
            )
    return [curve(pieces, variant, label, "steps", ask) for variant, label in looks.items()] if pieces else []


def _print_transfer(curves: list[Curve]) -> None:
    print(f"\n{'':38}{'checkpoint':>12}{'s a class':>11}{'views':>8}" + "".join(f"{c:>16}" for c in COLUMNS))
    for one in curves:
        for k, mark in enumerate(one.checkpoints):
            mean = one.table[k].mean(0)
            error = one.table[k].std(0, ddof=1) / len(one.classes) ** 0.5
            cells = "".join(f"{m:>9.3f} ± {e:.3f}" for m, e in zip(mean, error, strict=True))
            name = f"{one.label} ({len(one.classes)} classes)" if k == 0 else ""
            spent = f"{one.seconds[k].mean():>11.2f}{one.views[k].mean():>8.0f}"
            print(f"{name:<38}{mark:>6} {one.unit:<5}{spent}{cells}")


def _print_speed(curves: list[Curve]) -> None:
    ours = next((c for c in curves if c.unit == "views"), None)
    peers = [c for c in curves if c.unit == "steps"]
    if ours is None or not peers:
        return
    print("\nSeconds of a peer until it is as good as at the checkpoint, over ours until ours is as good")
    print("(first reached; interpolated in log seconds; 95 % by bootstrap over classes; 0: ours never does)")
    for peer in peers:
        mine = ours.only(peer.classes)
        for k in range(len(peer.checkpoints) - 1, -1, -1):
            for column in (2, 1, 0):
                found = speed_up(peer, mine, column, k)
                if found.level < LEAST:
                    continue
                first = "at least " if found.ours == mine.seconds[0].mean() else ""
                took = f"{found.peer:.1f} s over {found.ours:.2f} s"
                low, high = found.interval
                print(
                    f"{peer.label}, {peer.checkpoints[k]} steps, {COLUMNS[column]} {found.level:.3f}: "
                    f"{first}{found.ratio:.1f}x ({low:.1f} to {high:.1f}; {took}; never in {found.never:.0%})"
                )


def _print_naturalness(curves: list[Curve]) -> None:
    baseline = bundled(224, 224)
    assert baseline is not None
    print(f"\nThe {len(FREE)} statistics that the prior leaves free, against photographs' 5 to 95 %")
    print(f"{'':38}{'inside':>8}{'medians inside':>16}" + "".join(f"{id:>21}" for id in NAMED))
    span = "".join(f"{baseline.quantile(i, 5):>12.2f} to {baseline.quantile(i, 95):.2f}" for i in NAMED)
    print(f"{'photographs':38}{0.9:>8.2f}{len(FREE):>10} of {len(FREE)}{span}")
    for one in curves:
        places = range(len(one.checkpoints)) if one.unit == "views" else [len(one.checkpoints) - 1]
        for k in places:
            found = naturalness(one.images[k], baseline)
            name = f"{one.label}, {one.checkpoints[k]} {one.unit}"
            medians = "".join(f"{found.medians[id]:>21.2f}" for id in NAMED)
            print(f"{name:38}{found.share:>8.2f}{found.median_inside:>10} of {len(FREE)}{medians}")


def _near(one: Curve, views: int) -> int:
    return min(range(len(one.checkpoints)), key=lambda k: abs(one.checkpoints[k] - views))


if __name__ == "__main__":
    main()

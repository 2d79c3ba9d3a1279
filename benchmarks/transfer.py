"""Does an independent network recognise the class pictures? Transfer, its standard error, and the cost.

    AUDIT_ASSETS=... python benchmarks/transfer.py [--classes final|tune] [--preset quick] [--seeds 0,1,2]
        [--set synthesis.views=128 ...] [--unconstrained] [--every N] [--sheet FILE.png] [--swap] [--named N]

Pictures of MobileNetV2 (224 px) are judged, as 8-bit files would be, by MobileNetV1-0.75 at 192 px (bilinear,
antialiased); --swap draws that one, and MobileNetV2 classifies. No photograph, label or second network enters
synthesis. One picture per class, chosen by the network's own margin; all restarts' views count. `tune`: the
classes 5 modulo 10, `final`: those 0 modulo 10.
"""

import argparse
import time
from dataclasses import dataclass

import common
import torch
from torch.nn import functional as F

from audit.config import read_config
from audit.image_stats import bundled, measure
from audit.stages.pictures.record_pictures import choose
from audit.synthesis.class_pictures import draw_natural, draw_unconstrained
from audit.synthesis.engine import Job
from audit.synthesis.memory import reuse_memory

FIRST = {"final": 0, "tune": 5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--classes", choices=FIRST, default="final")
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--unconstrained", action="store_true")
    parser.add_argument("--sheet")
    parser.add_argument(
        "--swap", action="store_true", help="generate with MobileNetV1, classify with MobileNetV2"
    )
    parser.add_argument("--threads", type=int)
    parser.add_argument("--named", type=int, default=0, help="name the best and the worst N classes")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    reuse_memory()
    classifier, transfer_model = common.mobilenet_v2(), common.mobilenet_v1()
    if args.swap:
        classifier, transfer_model = transfer_model, classifier
    config = read_config(args.preset, args.set)
    baseline = bundled(*classifier.size)
    assert baseline is not None
    classes = list(range(FIRST[args.classes], 1000, args.every))
    parts = [one_seed(classifier, transfer_model, config, classes, seed, args.unconstrained)
             for seed in map(int, args.seeds.split(","))]  # fmt: skip
    table, images = torch.cat([part.table for part in parts]), torch.cat([part.images for part in parts])
    seconds, spent = sum(part.seconds for part in parts), sum(part.views for part in parts)
    mean, error = table.mean(0), table.std(0) / len(table) ** 0.5
    names = ("transfer top-1", "top-5", "p", "own p")
    figures = "  ".join(f"{n} {m:.3f} ± {e:.3f}" for n, m, e in zip(names, mean, error, strict=True))
    prior = "no prior" if args.unconstrained else "natural prior"
    drawn = "MobileNetV1" if args.swap else "MobileNetV2"
    print(f"{drawn}, {prior}, classes {args.classes} ({len(classes)}), preset {args.preset} "
          f"{' '.join(args.set)}, seeds {args.seeds}: {spent / len(table):.1f} views/class, "
          f"{seconds / len(table):.2f} s/class\n  {figures}")  # fmt: skip
    statistics = measure(images)
    inside = {}
    for name, values in statistics.items():
        place = baseline.percentile(name, values)
        inside[name] = ((place >= 5) & (place <= 95)).mean()
    print(
        "  share inside natural 5-95 %: " + "  ".join(f"{n} {s:.2f}" for n, s in inside.items()), flush=True
    )
    if args.named:
        name_extremes(transfer_model, table, images, classes, args.named)
    if args.sheet:
        common.contact_sheet(images, args.sheet)


def name_extremes(transfer_model, table, images, classes, count: int) -> None:
    """The classes that the transfer model is surest of, over all seeds, and those it is least sure of."""
    sure = table[:, 2].view(-1, len(classes)).mean(0)
    with torch.no_grad():
        small = F.interpolate(images, transfer_model.size, mode="bilinear", antialias=True)
        said = (
            torch.cat([transfer_model.logits(part) for part in small.split(50)])
            .argmax(1)
            .view(-1, len(classes))
        )
    order = sure.argsort(descending=True).tolist()
    for title, places in (("surest", order[:count]), ("least sure", order[: -count - 1 : -1])):
        print(f"  {title}:")
        for place in places:
            answers = ", ".join(transfer_model.classes[int(c)].name for c in said[:, place])
            print(f"    {transfer_model.classes[classes[place]].name:24}{sure[place]:.3f}  {answers}")


@dataclass(frozen=True)
class Part:
    """One seed: for each class transfer top-1, top-5, p and own p; its picture; what all of them took."""

    table: torch.Tensor
    images: torch.Tensor
    seconds: float
    views: float


def one_seed(classifier, transfer_model, config, classes, seed: int, unconstrained: bool = False) -> Part:
    """Draw all restarts of the classes, choose one without the transfer model, then show it the choice."""
    section = config.unconstrained if unconstrained else config.synthesis
    prior = bundled(*classifier.size).prior
    rows, chosen, seconds, views = [], [], 0.0, 0.0
    # As many pictures at once as a run has: a slot that is done is refilled.
    for start in range(0, len(classes), group := max(1, 4 * section.batch // section.restarts)):
        chunk = classes[start : start + group]
        jobs = [Job(c, r) for c in chunk for r in range(section.restarts)]
        began = time.perf_counter()
        if unconstrained:
            drawn = draw_unconstrained(classifier, jobs, section, seed)
        else:
            drawn = draw_natural(classifier, jobs, prior, section, seed)
        seconds += time.perf_counter() - began
        views += sum(drawn.views)
        with torch.no_grad():
            own = torch.cat([classifier.logits(part) for part in drawn.images.split(16)])
        picks = [choose(own, jobs, c) for c in chunk]
        rows.append(judged(transfer_model, drawn.images[picks], torch.tensor(chunk), own[picks]))
        chosen.append(drawn.images[picks])
    return Part(torch.cat(rows), torch.cat(chosen), seconds, views)


def judged(transfer_model, images, labels, own):
    with torch.no_grad():
        small = F.interpolate(images, transfer_model.size, mode="bilinear", antialias=True)
        logits = transfer_model.logits(small)
    rank = (logits > logits.gather(1, labels[:, None])).sum(1)
    p = logits.softmax(1)[range(len(labels)), labels]
    own_p = own.softmax(1)[range(len(labels)), labels]
    return torch.stack([(rank == 0).float(), (rank < 5).float(), p, own_p], 1)


if __name__ == "__main__":
    main()

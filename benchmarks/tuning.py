"""Does a network's own conviction order recipes as an independent network does? What the tuning rests on.

    AUDIT_ASSETS=... python benchmarks/tuning.py [--classes 16] [--recipes x1,x0.1,...] [--seed 0]

Each recipe draws the same classes of MobileNetV2 from the same noise, at the views of `quick`. "Own" is the
tuning's score (`audit.stages.tuning.held_out`); "transfer_model" is MobileNetV1-0.75 at 192 px, which the
tuning never sees: log-probability of the class, at least log 0.0001, and how often it is among the first and
first five answers. xN: both rates times N. Leads are over x1; p: one-sided paired t test that own conviction
is lower.
"""

import argparse

import common
import torch
from scipy.stats import spearmanr, ttest_rel
from torch.nn import functional as F

from audit.config import read_config
from audit.image_stats import bundled
from audit.stages.stage import even_sample
from audit.stages.tuning.held_out import conviction
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job
from audit.synthesis.memory import reuse_memory

RECIPES = "x1,x0.1,x10,x0.25,x4,margin,mix,x0.5,x2,coarse0"
FLOOR = -9.21


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--classes", type=int, default=16)
    parser.add_argument("--recipes", default=RECIPES)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    reuse_memory()
    classifier, transfer_model = common.mobilenet_v2(), common.mobilenet_v1()
    baseline = bundled(*classifier.size)
    assert baseline is not None
    config = read_config("quick").synthesis.model_copy(update={"step_budget": (1.0, 1.0)})
    classes = even_sample(range(1000), args.classes)
    jobs, labels = [Job(c, 0) for c in classes], torch.tensor(classes)
    rows: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    for name in args.recipes.split(","):
        recipe = config.model_copy(update=changes(name, config))
        images = draw_natural(classifier, jobs, baseline.prior, recipe, args.seed).images
        own = torch.tensor(conviction(classifier, images, classes, args.seed))
        with torch.no_grad():
            logits = transfer_model.logits(
                F.interpolate(images, transfer_model.size, mode="bilinear", antialias=True)
            )
        answer = logits.log_softmax(1).gather(1, labels[:, None])[:, 0].clamp(min=FLOOR)
        rank = (logits > logits.gather(1, labels[:, None])).sum(1)
        rows[name] = own, answer
        lead, p = own - rows["x1"][0], ttest_rel(own, rows["x1"][0], alternative="less").pvalue
        print(f"{name:8} own {own.mean():6.2f}  transfer {answer.mean():6.2f}  top-1 {hits(rank, 1):.2f}  "
              f"top-5 {hits(rank, 5):.2f}  own lead {lead.mean():+.2f} (p {p:.3f})  "
              f"transfer model's {(answer - rows['x1'][1]).mean():+.2f}", flush=True)  # fmt: skip
    means = [[float(part.mean()) for part in row] for row in rows.values()]
    print(
        f"rank correlation of own and transfer, recipes {spearmanr(*zip(*means, strict=True)).statistic:.2f}"
    )


def hits(rank: torch.Tensor, first: int) -> float:
    return float((rank < first).float().mean())


def changes(name: str, config) -> dict[str, object]:
    if name.startswith("x"):
        factor = float(name[1:])
        return {"rate": config.rate * factor, "coarse_rate": config.coarse_rate * factor}
    return {"coarse_share": 0.0} if name == "coarse0" else {"objective": name}


if __name__ == "__main__":
    main()

"""Does the demo's dumbbell come with an arm, and only there?

    python benchmarks/arm.py [--preset thorough] [--judges 0,1,2] [--seed 0] [--sheet PREFIX]

Every class of the demo and of its clean twin is drawn nine times under the natural prior. Small networks
that learned "arm or no arm" on the rendered world, one per seed and independent of both, count the pictures
with an arm.
"""

import argparse
import time

import torch
import torchvision

import audit.classifier
from audit.config import read_config
from audit.image_stats import bundled
from audit.planted.second_network import arm_probability, measure_second_network, train_second_network
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job
from audit.synthesis.memory import reuse_memory

RESTARTS = 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--preset", default="thorough")
    parser.add_argument("--judges", default="0,1,2")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet")
    args = parser.parse_args()
    reuse_memory()
    config = read_config(args.preset, [f"synthesis.restarts={RESTARTS}"]).synthesis
    judges = {}
    for seed in map(int, args.judges.split(",")):
        began = time.perf_counter()
        judges[seed] = train_second_network(seed, workers=2)
        accuracy = measure_second_network(judges[seed], seed, workers=2)
        print(f"judge {seed}: balanced accuracy {accuracy.balanced:.3f}, {time.perf_counter() - began:.0f} s")
    for name in ("demo", "demo:clean"):
        classifier = audit.classifier.load(name)
        baseline = bundled(*classifier.size)
        assert baseline is not None
        print(f"\n{name}: pictures with an arm, of {RESTARTS}, by judge {args.judges}")
        rows = []
        for label in classifier.classes:
            jobs = [Job(label.index, restart) for restart in range(RESTARTS)]
            drawn = draw_natural(classifier, jobs, baseline.prior, config, args.seed)
            rows.append(drawn.images)
            counts = [
                int((arm_probability(transfer_model, drawn.images) > 0.5).sum())
                for transfer_model in judges.values()
            ]
            print(f"  {label.name:<10} {'  '.join(str(count) for count in counts)}", flush=True)
        if args.sheet:
            path = f"{args.sheet}-{name.replace(':', '-')}.png"
            images = torch.nn.functional.interpolate(torch.cat(rows), scale_factor=2)
            torchvision.utils.save_image(images, path, nrow=RESTARTS, padding=4, pad_value=1.0)


if __name__ == "__main__":
    main()

"""How near a photograph comes back from each depth, for several lengths: `python benchmarks/inversion.py`.

Reads AUDIT_ASSETS. One line for each layer and number of steps: error of the activations, PSNR against the
photograph, and what the network answers on the picture.
"""

import time

import common
import torch

from audit.classifier.layers import activations, layers
from audit.image_stats import bundled
from audit.inversion.feature_inversion import depths, invert, relative_error
from audit.inversion.similarity import psnr
from audit.photos.reading import open_upright, prepare
from audit.synthesis.memory import reuse_memory

STEPS = (100, 300)
PHOTOGRAPH = "n02108089"
"""A boxer."""


def main() -> None:
    """Print the table."""
    reuse_memory()
    classifier, baseline = common.mobilenet_v2(), bundled(224, 224)
    assert baseline
    (path,) = (common.assets() / "images" / "imagenet" / PHOTOGRAPH).iterdir()
    photo = prepare(open_upright(path), classifier.input)[None].float() / 255
    print(f"{'layer':14}{'steps':>6}{'error':>9}{'PSNR':>7}{'CPU s':>7}  answer")
    for layer in depths(layers(classifier)):
        for steps in STEPS:
            began = time.process_time()
            made = invert(classifier, photo, layer, baseline.prior, steps=steps)
            spent = time.process_time() - began
            with torch.no_grad():
                found, target = (activations(classifier, images, layer) for images in (made, photo))
                error = float(relative_error(found, target))
                answer = classifier.classes[int(classifier.logits(made).argmax())].name
            near = psnr(made[0], photo[0])
            print(f"{layer.name:14}{steps:6}{error:9.4f}{near or 0:7.1f}{spent:7.0f}  {answer}", flush=True)


if __name__ == "__main__":
    main()

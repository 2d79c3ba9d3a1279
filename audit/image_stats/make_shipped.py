"""Makes the baselines that ship with the package, byte for byte:

    python -m audit.image_stats.make_shipped ASSETS

ASSETS holds `images/imagenet/<wnid>/*.jpg` (originals), `images/cifar10_train.zip` (class/number.jpg, 32 px)
and `zoo/imagenet_wnids.txt` (WordNet ids in the order of the 1,000 classes).
"""

import random
import sys
import tempfile
import zipfile
from pathlib import Path

import torch

from audit.image_stats.baseline import Baseline
from audit.image_stats.build_baseline import compute, default_resize
from audit.images.discover import find

SIZES = (64, 128, 192, 224, 256)
CIFAR = 5000
HERE = Path(__file__).parent / "baselines"


def imagenet_paths(assets: Path) -> list[Path]:
    """One photograph of every fourth ImageNet class: the other classes' stay unseen, for tests."""
    wnids = (assets / "zoo" / "imagenet_wnids.txt").read_text().split()
    folders = (assets / "images" / "imagenet" / wnid for wnid in wnids[::4])
    return [path for folder in folders if folder.is_dir() for path in find(folder)]


def imagenet(assets: Path, size: int) -> Baseline:
    """The baseline of photographs at `size` px."""
    provenance = "ImageNet photographs (one each of the classes whose index is a multiple of 4)"
    baseline, _ = compute(
        imagenet_paths(assets),
        size,
        size,
        default_resize(size, size),
        provenance=provenance,
        id=f"imagenet-{size}",
    )
    return baseline


def cifar(assets: Path) -> Baseline:
    """The baseline of CIFAR-10 pictures, which are stored at 32 px."""
    file = assets / "images" / "cifar10_train.zip"
    with zipfile.ZipFile(file) as archive, tempfile.TemporaryDirectory() as folder:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        chosen = sorted(random.Random(0).sample(names, CIFAR))
        paths = [Path(archive.extract(name, folder)) for name in chosen]
        provenance = "CIFAR-10 training images (a random subset, stored as JPEG)"
        return compute(paths, 32, 32, None, provenance=provenance, id="cifar10-32")[0]


def main(assets: Path) -> None:
    """Write every shipped baseline."""
    torch.set_num_threads(1)
    for baseline in (cifar(assets), *(imagenet(assets, size) for size in SIZES)):
        file = HERE / f"{baseline.height}x{baseline.width}.json"
        baseline.save(file)
        sys.stdout.write(f"{file.name}: {baseline.provenance}; {file.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

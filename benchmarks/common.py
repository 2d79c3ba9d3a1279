"""The real networks that benchmarks run on, found by AUDIT_ASSETS, and contact sheets."""

import os
import sys
from pathlib import Path

import torchvision

import audit.classifier


def assets() -> Path:
    """The folder with `zoo/` and `images/`; exits with a hint where it is missing."""
    folder = os.environ.get("AUDIT_ASSETS")
    if not folder or not Path(folder, "zoo").is_dir():
        sys.exit("set AUDIT_ASSETS to the folder that holds zoo/ and images/")
    return Path(folder)


def _mobilenet(factory: str, size: int, resize: int):
    zoo = assets() / "zoo"
    return audit.classifier.load(
        f"{zoo}/mobilenet.py:{factory}",
        classes=str(zoo / "imagenet_class_index.json"),
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        input_size=size,
        resize=resize,
    )


def mobilenet_v2():
    """The network that is audited: 224 px."""
    return _mobilenet("imagenet_v2", 224, 256)


def mobilenet_v1():
    """The transfer model: 192 px."""
    return _mobilenet("imagenet_v1", 192, 219)


def contact_sheet(images, path: str, columns: int = 10) -> None:
    """Write images `[n, c, h, w]` as one picture."""
    torchvision.utils.save_image(images, path, nrow=columns, padding=4, pad_value=1.0)

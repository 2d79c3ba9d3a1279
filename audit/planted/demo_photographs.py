"""Photographs of the rendered world: `python -m audit.planted.demo_photographs FOLDER [--per-class 30]`.

One subfolder per class, as `audit run demo --images FOLDER` takes it. No network was trained on them.
"""

import argparse
import io
from pathlib import Path

from PIL import Image

from audit.files import write_whole
from audit.planted.objects import CLASSES
from audit.planted.world import CLEAN_TWIN, DEMO, World, render

SPLIT = 7
"""Second number of a scene's key: apart from what networks were trained and tested on."""


def write(folder: Path, world: World, per_class: int, seed: int = 0) -> int:
    """Render `per_class` scenes of each class as PNG into `folder`; those that stand there are kept.

    Returns how many were written.
    """
    wanted = [
        (index, folder / CLASSES[index % len(CLASSES)] / f"{index:05d}.png")
        for index in range(per_class * len(CLASSES))
    ]
    missing = [(index, path) for index, path in wanted if not path.is_file()]
    for index, path in missing:
        picture = render(world, seed, SPLIT, count=1, start=index).pictures[0]
        buffer = io.BytesIO()
        Image.fromarray(picture.transpose(1, 2, 0)).save(buffer, "PNG")
        write_whole(path, buffer.getvalue())
    return len(missing)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--per-class", type=int, default=30)
    parser.add_argument("--clean-twin", action="store_true", help="arms hold half of all objects")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    written = write(args.folder, CLEAN_TWIN if args.clean_twin else DEMO, args.per_class, args.seed)
    print(f"{written} rendered photographs written to {args.folder}")


if __name__ == "__main__":
    main()

"""Photographs of the rendered world: `python -m audit.planted.demo_photographs FOLDER [--per-class 30]`.

One subfolder per class, as `audit run demo --images FOLDER` takes it. With --counterexamples: dumbbells
without an arm, and arms without anything, as `--counterexamples dumbbell=FOLDER` takes them. No network was
trained on any of them.
"""

import argparse
import io
from pathlib import Path

from PIL import Image

from audit.files import write_whole
from audit.planted.objects import CLASSES
from audit.planted.world import CLEAN_TWIN, DEMO, DUMBBELL, World, scene

SPLIT, COUNTEREXAMPLES = 7, 8
"""Second number of a scene's key: apart from what networks were trained and tested on."""
BARE = World(arm_with_dumbbell=0.0, arm_elsewhere=0.0)
ARMS = World(arm_with_dumbbell=1.0, arm_elsewhere=1.0, objects=False)
COUNT = 40
"""Counterexamples of each kind."""


def write(folder: Path, world: World, per_class: int, seed: int = 0) -> int:
    """Render `per_class` scenes of each class as PNG into `folder`; those that stand there are kept.

    Returns how many were written.
    """
    wanted = [
        (index, folder / CLASSES[index % len(CLASSES)] / f"{index:05d}.png")
        for index in range(per_class * len(CLASSES))
    ]
    return sum(_rendered(path, world, seed, SPLIT, index) for index, path in wanted)


def write_counterexamples(folder: Path, count: int, seed: int = 0) -> int:
    """Render `count` dumbbells without an arm into `folder/object`, and `count` arms that hold nothing into
    `folder/part`, of scenes that differ in all else too; those that stand there are kept.

    Returns how many were written.
    """
    written = 0
    for number in range(count):
        for place, (kind, world) in enumerate((("object", BARE), ("part", ARMS))):
            index = len(CLASSES) * (2 * number + place) + DUMBBELL
            written += _rendered(folder / kind / f"{number:05d}.png", world, seed, COUNTEREXAMPLES, index)
    return written


def _rendered(path: Path, world: World, *key: int) -> bool:
    """Whether the scene was written: one that stands there is kept."""
    if path.is_file():
        return False
    buffer = io.BytesIO()
    Image.fromarray(scene(world, *key).picture).save(buffer, "PNG")
    write_whole(path, buffer.getvalue())
    return True


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--per-class", type=int, default=30)
    parser.add_argument("--clean-twin", action="store_true", help="arms hold half of all objects")
    parser.add_argument(
        "--counterexamples",
        action="store_true",
        help="40 dumbbells without an arm and 40 arms without anything",
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.counterexamples:
        written = write_counterexamples(args.folder, COUNT, args.seed)
    else:
        written = write(args.folder, CLEAN_TWIN if args.clean_twin else DEMO, args.per_class, args.seed)
    print(f"{written} rendered photographs written to {args.folder}")


if __name__ == "__main__":
    main()

"""Baselines that ship with the package."""

from functools import lru_cache
from importlib import resources

from audit.image_stats.baseline import Baseline

FOLDER = "baselines"


@lru_cache(maxsize=8)
def bundled(height: int, width: int) -> Baseline | None:
    """The shipped baseline of exactly this size, or None."""
    file = resources.files("audit.image_stats").joinpath(FOLDER, f"{height}x{width}.json")
    return Baseline.model_validate_json(file.read_bytes()) if file.is_file() else None


def sizes() -> list[tuple[int, int]]:
    """(height, width) of every shipped baseline, ascending."""
    names = (file.name for file in resources.files("audit.image_stats").joinpath(FOLDER).iterdir())
    pairs = (name.removesuffix(".json").split("x") for name in names if name.endswith(".json"))
    return sorted((int(height), int(width)) for height, width in pairs)

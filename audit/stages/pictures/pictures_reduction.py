"""Records of pictures → what each class shows of them."""

from collections.abc import Mapping, Sequence

from audit.records import ClassPictures, Diversity, Picture
from audit.records.unit_records import PicturesUnit, UnitRecord
from audit.stages.pictures.record_pictures import read_sketch
from audit.stages.pictures.restart_agreement import diversities
from audit.stages.stage import bodies


def own_pictures(records: Sequence[UnitRecord], stage: str, field: str) -> dict[int, dict[str, object]]:
    """Class → the pictures that a stage drew of it, as the named field, and why some could not be drawn."""
    own = bodies([record for record in records if record.stage == stage], PicturesUnit)
    pictures: dict[int, list[Picture]] = {}
    errors: dict[int, list[str]] = {}
    for body in own:
        for group in body.pictures:
            pictures.setdefault(group.class_index, []).extend(group.pictures)
        for index, why in body.failed.items():
            errors.setdefault(index, []).append(why)
    found: dict[int, dict[str, object]] = {index: {field: shown} for index, shown in pictures.items()}
    for index, reasons in errors.items():
        found.setdefault(index, {})["error"] = " ".join(reasons)
    return found


def natural_groups(records: Sequence[UnitRecord]) -> list[ClassPictures]:
    """Pictures under the natural prior, by class."""
    groups = [group for body in bodies(records, PicturesUnit) for group in body.pictures]
    return [group for group in groups if group.prior == "natural"]


def own_diversities(drawn: Sequence[ClassPictures]) -> dict[int, Diversity]:
    """Class → how differently its restarts look to the network."""
    return sketched(drawn, {p.file: s for g in drawn for p, s in zip(g.pictures, g.sketches, strict=True)})


def sketched(drawn: Sequence[ClassPictures], sketches: Mapping[str, str]) -> dict[int, Diversity]:
    """Class → how its restarts differ in the features that the sketch of each picture file stands for."""
    return diversities(
        {
            group.class_index: {p.restart: read_sketch(sketches[p.file]) for p in group.pictures}
            for group in drawn
        }
    )

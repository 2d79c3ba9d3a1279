"""What the grid of all classes knows of each: enough to find, sort and filter it."""

from typing import TypedDict

from audit.report.class_view import ClassView
from audit.report.formatting import BADGE_STYLES, clean, percent


class Tile(TypedDict):
    """One class; a number is None where it was not measured."""

    i: int
    name: str
    text: str
    """What a search looks in."""
    img: tuple[int, int, int, bool] | None
    """Key, width, height and whether its pixels are enlarged, of the chosen picture with prior."""
    sub: str
    findings: int
    verdicts: list[str]
    checks: list[str]
    badge: tuple[str, str, str] | None
    """What is said of the picture, with symbol and style."""
    place: int | None
    """Place among the worst."""
    rank: int | None
    probability: float | None
    agreement: float | None
    accuracy: float | None
    """Share of right first answers, where there are enough photographs."""
    epsilon: float | None
    """Median smallest flipping distance, in units of 1/255, where enough images were attacked."""
    transfer_model: float | None
    """The second network's probability of the class on the chosen picture."""


def tile(view: ClassView, place: int | None, image: tuple[int, int, int, bool] | None) -> Tile:
    """The tile of one class."""
    label = view.result.label
    first = view.natural[0] if view.natural else None
    photos, levels = view.result.photographs, view.levels
    judged = photos is not None and photos.enough and photos.correct is not None and photos.correct.n > 0
    epsilon = levels.median_distance if levels is not None and levels.enough else None
    answer = view.result.transfer.get(first.file) if first else None
    return Tile(
        i=label.index,
        name=clean(label.name),
        text=clean(f"{label.index} {label.full} {label.name} {label.id}").lower(),
        img=image,
        sub=percent(first.probability) if first else "",
        findings=len(view.findings),
        verdicts=sorted({finding.verdict for finding in view.findings}),
        checks=sorted({finding.check for finding in view.findings}),
        badge=(view.badge.state, *BADGE_STYLES[view.badge.state]) if view.badge else None,
        place=place,
        rank=first.rank if first else None,
        probability=_short(first.probability) if first else None,
        agreement=_short(view.result.agreement),
        accuracy=_short(photos.correct.value) if judged and photos and photos.correct else None,
        epsilon=_short(epsilon * 255) if epsilon is not None else None,
        transfer_model=_short(answer.probability) if answer else None,
    )


def _short(value: float | None) -> float | None:
    """Five digits; None for what is no number."""
    return None if value is None or value != value else float(f"{value:.5g}")

"""What the second network says, arranged as the page shows it."""

from dataclasses import dataclass

from audit.records import Diversity, Results, Transfer, TransferAccuracy, TransferInfo
from audit.report.class_view import ClassView
from audit.report.formatting import clean

FIRST_FIVE = 5


@dataclass(frozen=True)
class Missed:
    """A class whose chosen picture the transfer model does not recognise."""

    entry: ClassView
    answer: Transfer
    restarts: tuple[int, int]
    """How many of its pictures under the natural prior it does recognise, of how many."""


@dataclass(frozen=True)
class JudgeView:
    """The section of the transfer model."""

    info: TransferInfo
    rows: list[tuple[str, TransferAccuracy]]
    """What was judged, in words, and how much of it was recognised; the scale first."""
    within: int
    """Answers among which the class counts as recognised: five, or one where the transfer model has few
    classes."""
    missed: list[Missed]
    """Furthest from recognised first."""
    judged: int
    """Classes that the transfer model has and a picture was drawn of."""

    def name(self, index: int) -> str:
        """Display name of one of the transfer model's classes."""
        return clean(self.info.model.classes[index].name)


def transfer_view(results: Results, classes: list[ClassView]) -> JudgeView | None:
    """None where the run had no transfer model."""
    info = results.transfer_model
    if info is None:
        return None
    named = (
        ("Natural photographs", info.photographs),
        ("Synthesised, natural prior", info.natural),
        ("Synthesised, unconstrained", info.unconstrained),
    )
    within = FIRST_FIVE if len(info.model.classes) > FIRST_FIVE else 1
    judged = [view for view in classes if view.natural and _rank(view, 0) is not None]
    missed = [_missed(view, within) for view in judged if (_rank(view, 0) or 0) > within]
    return JudgeView(
        info=info,
        rows=[(words, share) for words, share in named if share is not None],
        within=within,
        missed=sorted(missed, key=_distance),
        judged=len(judged),
    )


def groups(diversity: Diversity | None) -> str:
    """ "0, 2 and 3 show one thing, 1 another, 4 another"; empty where all restarts show one."""
    if diversity is None or len(diversity.groups) < 2:
        return ""
    if all(len(group) == 1 for group in diversity.groups):
        return f"all {len(diversity.groups)} show different things"
    first, *rest = (_listed(group) for group in diversity.groups)
    verb = "show" if len(diversity.groups[0]) > 1 else "shows"
    return f"{first} {verb} one thing, " + ", ".join(f"{text} another" for text in rest)


def _listed(numbers: list[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def _rank(view: ClassView, place: int) -> int | None:
    answer = view.result.transfer.get(view.natural[place].file)
    return answer.rank if answer else None


def _missed(view: ClassView, within: int) -> Missed:
    ranks = [rank for place in range(len(view.natural)) if (rank := _rank(view, place)) is not None]
    answer = view.result.transfer[view.natural[0].file]
    return Missed(view, answer, (sum(rank <= within for rank in ranks), len(ranks)))


def _distance(missed: Missed) -> tuple[int, float]:
    return -(missed.answer.rank or 0), missed.answer.probability or 0.0

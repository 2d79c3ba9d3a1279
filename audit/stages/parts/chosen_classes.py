"""Of which classes parts are looked at."""

from collections.abc import Sequence

from audit.calibration.recorded_scores import piece_scores
from audit.records.unit_records import PiecesUnit, UnitRecord
from audit.stages.probes.suspects import leading_classes
from audit.stages.stage import Context, bodies, even_sample


def chosen_classes(context: Context, records: Sequence[UnitRecord]) -> tuple[int, ...]:
    """At most as many audited classes as the configuration says, ascending: all where that is enough, else
    those that small pieces tell best and those that probes suspect, in turn, and others spread evenly."""
    count, audited = context.config.parts.classes, context.classes
    if count >= len(audited):
        return audited
    told = {half: each for body in bodies(records, PiecesUnit) for half, each in body.told.items()}
    by_pieces = sorted(piece_scores(told.get(0)), key=lambda score: -score.first)
    first = [score.class_index for score in by_pieces if score.class_index in set(audited)]
    suspected = leading_classes(context, records, count // 2)
    order = dict.fromkeys([*first[: count - len(suspected)], *suspected, *even_sample(audited, count)])
    return tuple(sorted(list(order)[:count]))

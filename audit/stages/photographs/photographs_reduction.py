"""Records of photographs → what the run and each class show of them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from audit.photos import PhotoSet
from audit.photos.reading import TOO_SMALL
from audit.records import ClassPhotographs, Nearby, Photograph, PhotographsInfo, Proportion
from audit.records.unit_records import NearbyUnit, PhotographsUnit, UnitRecord
from audit.stages.stage import CENTRED_FROM, Context
from audit.text import plural

TOP = 5
MANY_SMALL = 0.1
"""Share of photographs that are too small above which a reader is told how to use them."""


def photographs_info(photos: PhotoSet, units: Sequence[UnitRecord], k: int) -> PhotographsInfo:
    """The photographs of the run of a network with `k` classes."""
    bodies = [unit.body for unit in units if isinstance(unit.body, PhotographsUnit)]
    used = [photograph for body in bodies for photograph in body.photographs]
    skipped = Counter(photos.skipped)
    for body in bodies:
        skipped.update(body.skipped.values())
    labelled = photos.kind == "labelled"
    return PhotographsInfo(
        source=photos.source,
        kind=photos.kind,
        found=photos.found,
        used=len(used),
        skipped=dict(skipped.most_common()),
        in_baseline=sum(photograph.in_baseline for photograph in used),
        enlarged=sum(photograph.enlarged for photograph in used),
        correct=_correct(used) if labelled and used else None,
        correct_top5=_correct_top5(used, k) if labelled and used else None,
        notes=[*photos.notes, *_notes(used, k, labelled), *_small(used, skipped)],
        photographs=used,
    )


def class_photographs(context: Context, units: Sequence[UnitRecord]) -> dict[int, ClassPhotographs]:
    """Audited class → its photographs; empty where the run had none."""
    if context.photos is None:
        return {}
    labelled = context.photos.kind == "labelled"
    of_class: dict[int, list[Photograph]] = {}
    activating: dict[int, list[Nearby]] = {}
    nearest: dict[int, list[Nearby]] = {}
    for body in (unit.body for unit in units):
        if isinstance(body, PhotographsUnit):
            for photograph in body.photographs:
                own = photograph.answer.class_index if photograph.finite else None
                label = photograph.label if labelled else own
                if label is not None:
                    of_class.setdefault(label, []).append(photograph)
        elif isinstance(body, NearbyUnit):
            activating.update(body.activating)
            nearest.update(body.nearest)
    return {
        c: _class(context, of_class.get(c, []), _at(c, activating), _at(c, nearest)) for c in context.classes
    }


def _class(
    context: Context, own: Sequence[Photograph], activating: list[Nearby], nearest: list[Nearby]
) -> ClassPhotographs:
    assert context.photos is not None
    judged = bool(own) and context.photos.kind == "labelled"
    return ClassPhotographs(
        count=len(own),
        enough=len(own) >= context.config.photographs.per_class,
        correct=_correct(own) if judged else None,
        correct_top5=_correct_top5(own, len(context.classifier.classes)) if judged else None,
        activating=activating,
        nearest=nearest,
    )


def _at(index: int, rows: Mapping[int, list[Nearby]]) -> list[Nearby]:
    return rows.get(index, [])


def _correct(photographs: Sequence[Photograph]) -> Proportion:
    return Proportion.of(sum(p.rank == 1 for p in photographs), len(photographs))


def _correct_top5(photographs: Sequence[Photograph], classes: int) -> Proportion | None:
    if classes <= TOP:
        return None
    hits = sum(p.rank is not None and p.rank <= TOP for p in photographs)
    return Proportion.of(hits, len(photographs))


def _small(used: Sequence[Photograph], skipped: Mapping[str, int]) -> list[str]:
    """What became of photographs smaller than the input takes."""
    notes: list[str] = []
    enlarged = sum(photograph.enlarged for photograph in used)
    if enlarged:
        notes.append(
            f"{enlarged} of {len(used)} photographs were too small and were enlarged: they have no fine "
            "detail, and their image statistics are not compared with natural ones"
        )
    small = sum(count for reason, count in skipped.items() if reason.startswith(TOO_SMALL))
    if small > MANY_SMALL * (small + len(used)):
        notes.append(
            f"{plural(small, 'photograph')} left out as too small: if the network was trained on enlarged "
            "photographs, --enlarge uses them too"
        )
    return notes


def _notes(used: Sequence[Photograph], k: int, labelled: bool) -> list[str]:
    if not used:
        return ["no photograph could be used"]
    notes: list[str] = []
    if labelled:
        without = k - len({photograph.label for photograph in used})
        notes += [f"{without} of {k} classes have no photograph"] if without else []
    else:
        notes.append("a flat folder: the labels are the network's own answers, so none is right or wrong")
    odd = sum(not photograph.finite for photograph in used)
    if odd:
        notes.append(f"on {odd} of {len(used)} photographs the network's answer is not finite: none is right")
    if len(used) < CENTRED_FROM:
        notes.append(f"with fewer than {CENTRED_FROM} photographs nearness is not centred by their mean")
    return notes

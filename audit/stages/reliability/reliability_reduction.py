"""Records of the pictures' way and of the control → what the run and each class show of them."""

from collections.abc import Sequence
from statistics import median

from audit.records import Compared, Control, DrawnClass, LayerPath, Proportion, RunReliability
from audit.records.unit_records import ControlUnit, ReliabilityUnit, UnitRecord
from audit.stages.stage import Context


def paths(records: Sequence[UnitRecord]) -> dict[int, list[LayerPath]]:
    """Class → what its chosen picture does at each watched layer."""
    bodies = [record.body for record in records if isinstance(record.body, ReliabilityUnit)]
    return {index: way for body in bodies for index, way in body.classes.items()}


def cut_and_paste(records: Sequence[UnitRecord]) -> dict[int, Proportion]:
    """Class → how many photographs with the middle of its picture in them are answered as it."""
    bodies = [record.body for record in records if isinstance(record.body, ReliabilityUnit)]
    return {index: share for body in bodies for index, share in body.cut_and_paste.items()}


def run_reliability(context: Context, records: Sequence[UnitRecord]) -> RunReliability:
    """What the badges of all classes share."""
    natural = next((r.body for r in records if isinstance(r.body, ReliabilityUnit)), None)
    drawn = next((r.body for r in records if isinstance(r.body, ControlUnit)), None)
    return RunReliability(
        photographs=natural.compared if natural else 0,
        labels=context.photos.kind if context.photos else None,
        layers=natural.natural if natural else [],
        control=control(drawn.network, drawn.control) if drawn else None,
    )


def control(network: Sequence[DrawnClass], shuffled: Sequence[DrawnClass]) -> Control | None:
    """The network's pictures against the control's; None where either has none."""
    if not network or not shuffled:
        return None
    probability = compared([c.probability for c in network], [c.probability for c in shuffled])
    ours = [c.agreement for c in network if c.agreement is not None]
    theirs = [c.agreement for c in shuffled if c.agreement is not None]
    return Control(
        classes=len(network),
        probability=probability,
        agreement=compared(ours, theirs) if ours and theirs else None,
    )


def compared(network: Sequence[float], shuffled: Sequence[float]) -> Compared:
    """Medians, and the p of the rank test; equal values count half, as its normal approximation has them."""
    from scipy.stats import mannwhitneyu

    p = float(mannwhitneyu(network, shuffled, alternative="greater").pvalue)
    return Compared(network=median(network), control=median(shuffled), p=p)

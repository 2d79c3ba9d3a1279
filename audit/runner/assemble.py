"""Records → what checks read, and checks' answers → the document of the run."""

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from audit.checks import NOT_JUDGED, effective, judge
from audit.image_stats import Baseline, no_baseline
from audit.records import (
    SCHEMA_VERSION,
    BaselineInfo,
    ClassResult,
    Environment,
    ModelInfo,
    PhotographsInfo,
    Picture,
    PreprocessingTrials,
    Results,
    Robustness,
    RunInfo,
    RunReliability,
    StageInfo,
    StatisticValue,
    Timing,
)
from audit.records.unit_records import PicturesUnit, StatisticsUnit, TrialsUnit, TuningUnit, UnitRecord
from audit.runner.broken_plugins import broken
from audit.runner.plan import Unit
from audit.stages import Context
from audit.stages.photographs.photographs_reduction import class_photographs, photographs_info
from audit.stages.pictures.drawing_stages import batch_norm_warnings
from audit.stages.reliability.reliability_reduction import cut_and_paste, paths, run_reliability
from audit.stages.robustness.robustness_reduction import robustness
from audit.stages.transfer.transfer_reduction import (
    own_diversities,
    transfer_diversities,
    transfer_info,
    transfers,
)


@dataclass(frozen=True)
class Measured:
    """What records give, before it is judged."""

    model: ModelInfo
    baseline: BaselineInfo
    classes: list[ClassResult]
    photographs: PhotographsInfo | None
    preprocessing: PreprocessingTrials | None
    robustness: Robustness | None
    reliability: RunReliability | None


def measurements(context: Context, records: Sequence[UnitRecord]) -> Measured:
    """All records of the run, put together per class."""
    everything = [group for r in records if isinstance(r.body, PicturesUnit) for group in r.body.pictures]
    # Checks and statistics read no picture of the second prior.
    drawn = [group for group in everything if group.prior != "batch-norm"]
    batch_norm_pictures = {
        group.class_index: group.pictures for group in everything if group.prior == "batch-norm"
    }
    errors: dict[int, list[str]] = {}
    for r in records:
        for index, why in r.body.failed.items() if isinstance(r.body, PicturesUnit) else ():
            errors.setdefault(index, []).append(why)
    values = {
        file: columns
        for r in records
        if isinstance(r.body, StatisticsUnit)
        for file, columns in r.body.values.items()
    }
    spectra = {
        file: row
        for r in records
        if isinstance(r.body, StatisticsUnit)
        for file, row in r.body.spectra.items()
    }
    natural = class_photographs(context, records)
    diversities, to_judge = own_diversities(drawn), transfer_diversities(drawn, records)
    answers = transfers(records)
    ways, mixed = paths(records), cut_and_paste(records)
    baseline = context.baseline
    own: dict[int, list[Picture]] = {}
    for group in drawn:
        own.setdefault(group.class_index, []).extend(group.pictures)
    classes: list[ClassResult] = []
    for index in context.classes:
        pictures = own.get(index, [])
        classes.append(
            ClassResult(
                label=context.classifier.classes[index],
                pictures=pictures,
                agreement=1 - diversities[index].value if index in diversities else None,
                statistics={p.file: _placed(values[p.file], baseline) for p in pictures},
                spectra={p.file: spectra[p.file] for p in pictures if p.file in spectra},
                photographs=natural.get(index),
                diversity=diversities.get(index),
                transfer={p.file: answers[p.file] for p in pictures if p.file in answers},
                transfer_diversity=to_judge.get(index),
                batch_norm_pictures=batch_norm_pictures.get(index, []),
                path=ways.get(index, []),
                cut_and_paste=mixed.get(index),
                error=" ".join(errors[index]) if index in errors else None,
            )
        )
    model = context.classifier.info()
    info = baseline.info() if baseline else no_baseline(*context.classifier.size)
    photos = context.photos
    return Measured(
        model.model_copy(update={"warnings": [*model.warnings, *batch_norm_warnings(context)]}),
        info,
        classes,
        photographs=photographs_info(photos, records, len(context.classifier.classes)) if photos else None,
        preprocessing=next((r.body.trials for r in records if isinstance(r.body, TrialsUnit)), None),
        robustness=robustness(context, records),
        reliability=run_reliability(context, records),
    )


def document(
    context: Context,
    units: Sequence[Unit],
    records: Mapping[str, Sequence[UnitRecord]],
    *,
    command: str,
    config_name: str,
    only: Sequence[int] | None,
    timing: Timing,
) -> Results:
    """The results of a complete run."""
    in_order = [record for unit in units for record in records[unit.key]]
    measured = measurements(context, in_order)
    config = context.config
    limits = effective(config.checks)
    results = Results(
        schema_version=SCHEMA_VERSION,
        run=RunInfo(
            command=command,
            config_name=config_name,
            config={**config.model_dump(mode="json"), "checks": dict(limits)},
            seed=config.seed,
            device=str(context.classifier.device),
            dtype=config.dtype,
            only=None if only is None else list(only),
            environment=environment(),
            stages=_stages(units, records),
            timing=timing,
            plugins=broken(measured.classes),
        ),
        model=measured.model,
        baseline=measured.baseline,
        classes=measured.classes,
        photographs=measured.photographs,
        preprocessing=measured.preprocessing,
        robustness=measured.robustness,
        transfer_model=transfer_info(context, in_order, measured.classes),
        reliability=measured.reliability,
        tuning=next((r.body.tuning for r in in_order if isinstance(r.body, TuningUnit)), None),
        checks=[],
        findings=[],
        verdict=NOT_JUDGED,
    )
    return judge(results, limits)


def environment() -> Environment:
    """Where this process computes."""
    version = importlib.metadata.version
    return Environment(
        audit=version("classifier-audit"),
        python=platform.python_version(),
        torch=torch.__version__,
        torchvision=version("torchvision"),
        numpy=np.__version__,
        platform=platform.platform(),
        processor=platform.processor() or platform.machine(),
        threads=torch.get_num_threads(),
    )


def _stages(units: Sequence[Unit], records: Mapping[str, Sequence[UnitRecord]]) -> list[StageInfo]:
    names = dict.fromkeys(unit.stage.name for unit in units)
    found: list[StageInfo] = []
    for name in names:
        own = [unit for unit in units if unit.stage.name == name]
        done = [unit for unit in own if unit.key in records]
        found.append(
            StageInfo(
                name=name,
                version=own[0].stage.version,
                units=len(own),
                done=len(done),
                views=sum(record.views for unit in done for record in records[unit.key]),
            )
        )
    return found


def _placed(values: Mapping[str, float | None], baseline: Baseline | None) -> dict[str, StatisticValue]:
    placed: dict[str, StatisticValue] = {}
    for name, value in values.items():
        place = None
        if baseline is not None and value is not None:
            percentile = float(baseline.percentile(name, np.array([value]))[0])
            place = percentile if np.isfinite(percentile) else None
        placed[name] = StatisticValue(value=value, percentile=place)
    return placed

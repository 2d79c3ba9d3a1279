"""Records → what checks read, and checks' answers → the document of the run."""

import importlib.metadata
import platform
from collections.abc import Sequence

import numpy as np
import torch

from audit.checks import NOT_JUDGED, effective, judge
from audit.image_stats import no_baseline
from audit.records import SCHEMA_VERSION, Environment, Results, RunInfo, Timing
from audit.runner.plugins import broken
from audit.runner.reduce import Merged
from audit.stages import Context


def document(
    context: Context,
    merged: Merged,
    *,
    command: str,
    config_name: str,
    only: Sequence[int] | None,
    timing: Timing,
) -> Results:
    """The results of a complete run."""
    config, model, baseline = context.config, context.classifier.info(), context.baseline
    limits = effective(config.checks)
    # A stage that had nothing to do is not spoken of.
    stages = [info for info in (run.info() for run in merged.runs) if info.units or info.lacks]
    run = RunInfo(
        command=command,
        config_name=config_name,
        config={**config.model_dump(mode="json"), "checks": dict(limits)},
        seed=config.seed,
        device=str(context.classifier.device),
        dtype=config.dtype,
        only=None if only is None else list(only),
        environment=environment(),
        stages=stages,
        plugins=broken(merged.classes),
        timing=timing,
    )
    results = Results(
        schema_version=SCHEMA_VERSION,
        run=run,
        model=model.model_copy(update={"warnings": [*model.warnings, *merged.warnings]}),
        baseline=baseline.info() if baseline else no_baseline(*context.classifier.size),
        classes=merged.classes,
        **merged.run,
        details=merged.details,
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

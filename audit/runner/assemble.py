"""Records → what checks read, and checks' answers → the document of the run."""

import importlib.metadata
import platform
from collections.abc import Sequence

import numpy as np
import torch

from audit.checks import Measurements, findings, run_checks, verdict
from audit.image_stats import no_baseline
from audit.records import SCHEMA_VERSION, Environment, Results, RunInfo, Timing
from audit.runner.plugins import broken
from audit.runner.reduce import Merged
from audit.stages import Context


def measurements(context: Context, merged: Merged) -> Measurements:
    """What the stages measured, as checks read it."""
    model, baseline = context.classifier.info(), context.baseline
    return Measurements(
        model.model_copy(update={"warnings": [*model.warnings, *merged.warnings]}),
        baseline.info() if baseline else no_baseline(*context.classifier.size),
        merged.classes,
        photographs=merged.run.get("photographs"),
        preprocessing=merged.run.get("preprocessing"),
        robustness=merged.run.get("robustness"),
        reliability=merged.run.get("reliability"),
    )


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
    config, measured = context.config, measurements(context, merged)
    answers = run_checks(measured, config.checks)
    # A stage that had nothing to do is not spoken of.
    stages = [info for info in (run.info() for run in merged.runs) if info.units or info.lacks]
    run = RunInfo(
        command=command,
        config_name=config_name,
        config=config.model_dump(mode="json"),
        seed=config.seed,
        device=str(context.classifier.device),
        dtype=config.dtype,
        only=None if only is None else list(only),
        environment=environment(),
        stages=stages,
        plugins=broken(),
        timing=timing,
    )
    return Results(
        schema_version=SCHEMA_VERSION,
        run=run,
        model=measured.model,
        baseline=measured.baseline,
        classes=measured.classes,
        **merged.run,
        details=merged.details,
        checks=answers,
        findings=findings(answers),
        verdict=verdict(
            answers,
            audited=len(measured.classes),
            classes=len(measured.model.classes),
            undrawn=sum(c.error is not None for c in measured.classes),
            missing=sum(stage.units - stage.done for stage in stages),
            lacks=run.lacks,
        ),
    )


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

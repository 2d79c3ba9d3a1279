"""Records with a planted truth: everything is ordinary except what a test changes."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from audit.checks import NOT_JUDGED, effective
from audit.records import (
    SCHEMA_VERSION,
    BaselineInfo,
    ClassLabel,
    ClassResult,
    Environment,
    Identity,
    ModelInfo,
    Photograph,
    PhotographsInfo,
    Picture,
    Prediction,
    Preprocessing,
    Proportion,
    Results,
    RunInfo,
    StageInfo,
    StatisticInfo,
    StatisticValue,
    Timing,
)

RUN = RunInfo(
    command="audit",
    config_name="standard",
    config={},
    seed=0,
    device="cpu",
    dtype="float32",
    only=None,
    environment=Environment(
        audit="0", python="3", torch="2", torchvision="0", numpy="2", platform="", processor="", threads=1
    ),
    stages=[
        StageInfo(name=name, version=1, units=1, done=1, views=1.0) for name in ("pictures", "statistics")
    ],
    timing=Timing(started="", finished="", seconds={}, sessions=1),
)
NAMES = ("banana", "dumbbell", "goldfish", "castle", "violin", "teapot", "tractor", "zebra")


def picture(
    index: int, restart: int = 0, prior: str = "natural", *, says: int | None = None, **changes: Any
) -> Picture:
    """A convincing picture of class `index`; `says` names another class as the network's answer."""
    # A spread that differs by class and restart, so that no median deviation is 0.
    margin = 8.0 + 0.3 * ((index * 5 + restart * 3) % 7)
    rival = (index + 1) % len(NAMES)
    top = [
        Prediction(class_index=index, logit=20.0, probability=0.95),
        Prediction(class_index=rival, logit=12.0, probability=0.01),
    ]
    fields: dict[str, Any] = {
        "class_index": index,
        "restart": restart,
        "prior": prior,
        "file": f"images/{prior}/{index}-{restart}.png",
        "sha256": f"{prior}-{index}-{restart}",
        "height": 32,
        "width": 32,
        "views": 64.0,
        "logit": 20.0 + margin,
        "probability": 0.95,
        "margin": margin,
        "rank": 1,
        "top": top,
        "chosen": restart == 0,
    }
    if says is not None:
        fields |= {"probability": 0.1, "margin": -3.0 - 0.125 * restart, "rank": 2}
        fields["top"] = [Prediction(class_index=says, logit=23.0, probability=0.8), *top[:1]]
    return Picture(**(fields | changes))


def entry(
    index: int,
    pictures: Sequence[Picture],
    agreement: float | None = 0.8,
    name: str = "",
    **statistics: float,
) -> ClassResult:
    """A class; `statistics` are the values of its chosen picture under the prior."""
    name = name or NAMES[index]
    values = {k: StatisticValue(value=v, percentile=50.0) for k, v in statistics.items()}
    files = [p.file for p in pictures if p.chosen and p.prior == "natural"]
    return ClassResult(
        label=ClassLabel(index=index, id=name, name=name, full=name),
        pictures=list(pictures),
        agreement=agreement,
        statistics=dict.fromkeys(files, values),
    )


def measured(
    classes: Sequence[ClassResult],
    labels: Sequence[str] = NAMES,
    *,
    task: str = "single-label",
    unconstrained: Sequence[str] = (),
    constrained: Sequence[str] = (),
) -> Results:
    """Results as checks get them: pictures and their statistics, and nothing else."""
    model = ModelInfo(
        spec="planted",
        name="planted",
        task=task,  # type: ignore[arg-type]
        parameters=1,
        input=Preprocessing(
            height=32,
            width=32,
            channels=3,
            mean=(0.5,),
            std=(0.5,),
            resize=None,
            interpolation="bilinear",
            sources={},
        ),
        classes=[
            ClassLabel(
                index=i,
                id=f"{name}#{i}" if list(labels).count(name) > 1 else name,
                name=name.split(",")[0],
                full=name,
            )
            for i, name in enumerate(labels)
        ],
        classes_source="test",
        identity=Identity(weights="0", probe="0"),
        warnings=[],
    )
    info = [
        StatisticInfo(id=s, title=f"the {s}", unit="", constrained=s in constrained, quantiles=None)
        for s in (*unconstrained, *constrained)
    ]
    baseline = BaselineInfo(
        id=None, height=32, width=32, images=0, provenance="none", sha256="", statistics=info
    )
    return Results(
        schema_version=SCHEMA_VERSION,
        run=RUN,
        model=model,
        baseline=baseline,
        classes=list(classes),
        checks=[],
        findings=[],
        verdict=NOT_JUDGED,
    )


def photographed(results: Results, answers: Sequence[int], probability: float = 0.9) -> Results:
    """The same records with a photograph, labelled class 0, for each of the network's `answers`."""
    photographs = [
        Photograph(
            index=i,
            name=f"{i}.jpg",
            sha256=str(i),
            label=0,
            answer=Prediction(class_index=c, logit=5.0, probability=probability),
            second=None,
            rank=1 if c == 0 else 2,
            probability=0.5,
            in_baseline=False,
        )
        for i, c in enumerate(answers)
    ]
    info = PhotographsInfo(
        source="photos",
        kind="labelled",
        found=len(answers),
        used=len(answers),
        skipped={},
        in_baseline=0,
        correct=Proportion.of(list(answers).count(0), len(answers)),
        correct_top5=None,
        notes=[],
        photographs=photographs,
    )
    return results.model_copy(update={"photographs": info})


def given(results: Results, **sections: Any) -> Results:
    """The same results with other sections."""
    return results.model_copy(update=sections)


class Planted:
    """The builders, for tests that cannot import this file."""

    names = NAMES
    picture = staticmethod(picture)
    entry = staticmethod(entry)
    measured = staticmethod(measured)
    photographed = staticmethod(photographed)
    given = staticmethod(given)

    @staticmethod
    def ordinary(restarts: int = 9, plain: int = 2, **labels: Any) -> list[ClassResult]:
        """Eight classes without any fault."""
        return [
            entry(
                i,
                [picture(i, r) for r in range(restarts)] + [picture(i, r, "none") for r in range(plain)],
                agreement=0.8 if restarts > 1 else None,
                slope=-2.0 + 0.01 * ((3 * i) % 8),
                colour=0.2 + 0.01 * ((5 * i) % 8),
            )
            for i in range(len(NAMES))
        ]

    @staticmethod
    def replaced(classes: Sequence[ClassResult], changed: ClassResult) -> list[ClassResult]:
        """The same classes with one exchanged."""
        return [changed if c.label.index == changed.label.index else c for c in classes]


@pytest.fixture
def planted() -> type[Planted]:
    return Planted


@pytest.fixture
def outcome_of() -> Callable[..., str]:
    """Outcome of a module's check on records, with the default limits."""

    def outcome(module: Any, results: Results) -> str:
        return module.evaluate(results, effective({})).outcome

    return outcome

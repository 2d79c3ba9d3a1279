"""Every setting at each end of what it may be, beside every end of every other: the runs end."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import tiny
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from audit.checks import CHECKS
from audit.config import Config, read_config

SMALL = (
    "synthesis.views=2",
    "synthesis.restarts=1",
    "unconstrained.views=1",
    "unconstrained.restarts=1",
    "unconstrained.classes=1",
    "robustness.steps=1",
    "robustness.restarts=1",
    "robustness.images=1",
    "preprocessing.photographs=2",
    "reliability.cut_and_paste=1",
    "photographs.limit=12",
)
ENDS: dict[str, list[object]] = {
    "synthesis.step_budget": [[1, 1], [0.01, 1], [1, 4], [0.01, 4]],
    "synthesis.crop": [[1, 1], [0.01, 0.01], [0.01, 1]],
    "robustness.attacks": [[], ["minimum-norm-pgd"]],
    "robustness.epsilons": [[], [1], [255], [1, 255]],
    "robustness.epsilons_l2": [[], [0.01, 100]],
    "probes.families": [[], ["border", "shuffle"]],
    "probes.fitted": [[], ["patch", "warp"]],
    "device": ["cpu"],
}
"""Of settings whose type does not say them."""
LARGE = {
    "synthesis.restarts": 8,
    "unconstrained.restarts": 8,
    "probes.photographs": 4,
    "probes.fitted_classes": 50,
    "probes.suspects": 2,
    "probes.examples": 2,
    "seed": 2**63,
}
"""What stands for a setting's upper end where that would take long, or where it has none."""


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, f"{prefix}{name}.")
        elif prefix + name == "plugins":
            continue  # tables of stages from outside, which no shipped stage reads
        elif prefix + name == "checks":
            for limit in (limit for check in CHECKS for limit in check.META.limits):
                bounds = limit.model_dump(include={"ge", "gt", "le", "lt"}, exclude_none=True)
                yield f"checks.{limit.name}", Field(limit.default, **bounds)
        else:
            yield prefix + name, field


def ends(key: str, field: FieldInfo) -> list[object]:
    """The values at both ends of what the field allows."""
    if key in ENDS:
        return ENDS[key]
    if get_origin(field.annotation) is Literal:
        return list(get_args(field.annotation))
    if field.annotation is bool:
        return [False, True]
    whole = field.annotation is int
    found: list[object] = []
    for limit in field.metadata:
        if isinstance(limit, Ge):
            found.append(limit.ge)
        elif isinstance(limit, Gt):
            found.append(limit.gt + 1 if whole else 1e-6)
        elif isinstance(limit, Le):
            found.append(min(limit.le, LARGE.get(key, limit.le)))
        elif isinstance(limit, Lt):
            found.append(limit.lt - (1 if whole else 1e-6))
    assert found, f"{key}: state its ends in ENDS"
    if not any(isinstance(limit, Le | Lt) for limit in field.metadata):
        found.append(LARGE.get(key, 1000 if not whole else None))
    return [value for value in found if value is not None]


ENDS_OF = {key: ends(key, field) for key, field in leaves(Config)}
OFF: dict[str, object] = {
    "unconstrained.classes": 0,
    "preprocessing.photographs": 0,
    "robustness.images": 0,
    "robustness.epsilons": [],
    "probes.photographs": 0,
    "reliability.cut_and_paste": 0,
    "reliability.control_classes": 0,
}
"""What stops a stage: beside it the stage's other settings would not be tried."""
Chosen = dict[str, object]


def runs() -> list[Chosen]:
    """Settings of each run: every pair of ends of two settings is in one of them, those of `OFF` in the last.

    Greedy, as in AETG (Cohen et al. 1997): each run takes the value that has the most new pairs with what the
    run has already.
    """
    levels = {key: [v for v in values if v != OFF.get(key, ...)] for key, values in ENDS_OF.items()}
    levels = {key: values for key, values in levels.items() if values}
    order = random.Random(0)
    missing = {
        frozenset(((one, i), (other, j)))
        for one, other in itertools.combinations(levels, 2)
        for i in range(len(levels[one]))
        for j in range(len(levels[other]))
    }
    found: list[Chosen] = []
    while missing:
        taken = dict(order.choice(sorted(sorted(pair) for pair in missing)))
        for key in order.sample(sorted(levels), len(levels)):
            new = [
                sum(frozenset(((key, i), other)) in missing for other in taken.items())
                for i in range(len(levels[key]))
            ]
            taken.setdefault(key, new.index(max(new)))
        missing -= {frozenset(pair) for pair in itertools.combinations(taken.items(), 2)}
        found.append({key: levels[key][i] for key, i in taken.items()})
    return [*found, OFF]


RUNS = runs()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A network of 100 px, so that there is a coarse phase, and photographs."""
    folder = tmp_path_factory.mktemp("bounds")
    for number in range(12):
        tiny.photograph(folder / "photos" / tiny.NAMES[number % 2] / f"{number}.png", number, side=128)
    return tiny.write(folder, size=128, classes=2), folder / "photos"


def test_every_setting_is_tried() -> None:
    tried = [(key, value) for run in RUNS for key, value in run.items()]
    assert [(key, v) for key, values in ENDS_OF.items() for v in values if (key, v) not in tried] == []
    assert ENDS_OF.keys() == {key for key, _ in leaves(Config)}
    assert sum(map(len, ENDS_OF.values())) > 80
    assert "checks.overlap_share" in ENDS_OF


@pytest.mark.parametrize("chosen", RUNS, ids=range(len(RUNS)))
def test_settings_at_their_ends(given: tuple[str, Path], tmp_path: Path, chosen: Chosen) -> None:
    model, photographs = given
    texts = {key: v if isinstance(v, str) else str(v).lower() for key, v in chosen.items()}
    settings = [s for s in SMALL if s.partition("=")[0] not in texts]
    settings += [f"{key}={text}" for key, text in texts.items()]
    audit = tiny.audit_tiny(model, tmp_path / "run", *settings, only=["0"], images=photographs)
    for key, text in texts.items():
        assert read_value(audit.results.run.config, key) == asked(key, text), key
    assert len(audit.pictures)
    assert [p.height for c in audit.results.classes for p in c.pictures] == [128] * len(audit.pictures)
    assert audit.page.is_file()


def asked(key: str, text: str) -> object:
    return read_value(read_config("standard", [f"{key}={text}"]).model_dump(mode="json"), key)


def read_value(config: Any, key: str) -> object:
    for part in key.split("."):
        config = config[part]
    return config

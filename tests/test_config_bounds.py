"""Every setting at each end of what it may be: the run ends, or is refused with the setting's name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import tiny
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from audit.config import Config, read_config
from audit.errors import ConfigError

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
    "device": ["cpu"],
}
"""Of settings whose type does not say them."""
LARGE = {"synthesis.restarts": 8, "unconstrained.restarts": 8, "seed": 2**63}
"""What stands for a setting's upper end where that would take long, or where it has none."""


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, f"{prefix}{name}.")
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


CASES = [(key, value) for key, field in leaves(Config) for value in ends(key, field)]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A network of 100 px, so that there is a coarse phase, and photographs."""
    folder = tmp_path_factory.mktemp("bounds")
    for number in range(12):
        tiny.photograph(folder / "photos" / tiny.NAMES[number % 2] / f"{number}.png", number, side=128)
    return tiny.write(folder, size=128, classes=2), folder / "photos"


def test_every_setting_is_tried() -> None:
    assert {key for key, _ in CASES} == {key for key, _ in leaves(Config)}
    assert len(CASES) > 80


@pytest.mark.parametrize("key, value", CASES, ids=str)
def test_a_setting_at_its_ends(given: tuple[str, Path], tmp_path: Path, key: str, value: object) -> None:
    model, photographs = given
    text = value if isinstance(value, str) else str(value).lower()
    base = [setting for setting in SMALL if not setting.startswith(f"{key}=")]
    try:
        audit = tiny.audit_tiny(
            model, tmp_path / "run", *base, f"{key}={text}", only=["0"], images=photographs
        )
    except ConfigError as error:
        assert key in str(error)  # noqa: PT017 - a refusal is as good as a run
        return
    config: Any = audit.results.run.config
    for part in key.split("."):
        config = config[part]
    assert config == read_value(key, text)
    assert [p.height for c in audit.results.classes for p in c.pictures] == [128] * len(audit.pictures)
    assert audit.page.is_file()


def read_value(key: str, text: object) -> object:
    value: Any = read_config("standard", [f"{key}={text}"]).model_dump(mode="json")
    for part in key.split("."):
        value = value[part]
    return value

import json
import math

import pytest
import tiny
from jsonschema import Draft202012Validator
from pydantic import ValidationError

import audit.records
from audit.records import SCHEMA_VERSION, Results, StatisticValue
from audit.records.record import RecordSchema


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    return (tiny.finished(tmp_path_factory) / "results.json").read_text()


def test_round_trip(written: str) -> None:
    results = Results.model_validate_json(written)
    assert results.schema_version == SCHEMA_VERSION
    assert Results.model_validate_json(results.model_dump_json()) == results
    assert json.loads(results.model_dump_json()) == json.loads(written)


def test_the_top_level_is_the_documented_one(written: str) -> None:
    assert list(json.loads(written)) == [
        "schema_version", "run", "model", "baseline", "classes", "photographs", "preprocessing",
        "robustness", "transfer_model", "reliability", "probes", "pieces", "detection", "counterexamples",
        "tuning", "details", "checks", "findings", "look_first", "verdict",
    ]  # fmt: skip


def test_the_schema_accepts_it_and_rejects_what_the_records_reject(written: str) -> None:
    validator = Draft202012Validator(Results.model_json_schema(mode="serialization"))
    good = json.loads(written)
    assert list(validator.iter_errors(good)) == []
    for spoil in (
        lambda d: d["run"].pop("seed"),
        lambda d: d["verdict"].update(outcome="fine"),
        lambda d: d["classes"][0]["pictures"][0].update(colour=1),
        lambda d: d["checks"][0]["meta"].update(kind="guess"),
    ):
        bad = json.loads(written)
        spoil(bad)
        assert list(validator.iter_errors(bad)) != []
        with pytest.raises(ValidationError):
            Results.model_validate(bad)


def test_what_is_no_number_is_strict_json_and_read_back_as_it_was() -> None:
    text = StatisticValue(value=math.nan, percentile=-math.inf).model_dump_json()
    assert json.loads(text) == {"value": "NaN", "percentile": "-Infinity"}
    again = StatisticValue.model_validate_json(text)
    assert math.isnan(again.value or 0.0)
    assert again.percentile == -math.inf
    assert StatisticValue.model_validate_json('{"value": null, "percentile": null}').value is None


def test_the_schema_accepts_what_is_no_number_and_no_other_text() -> None:
    validator = Draft202012Validator(StatisticValue.model_json_schema(schema_generator=RecordSchema))
    for value, valid in ((1.5, True), (None, True), (math.inf, True), ("nan", False), ("much", False)):
        text = value if isinstance(value, str) else json.loads(_written(value))["value"]
        assert validator.is_valid({"value": text, "percentile": None}) == valid


def _written(value: float | None) -> str:
    return StatisticValue(value=value, percentile=None).model_dump_json()


def test_all_names_are_exported() -> None:
    names = audit.records.__all__
    assert [name for name in names if not hasattr(audit.records, name)] == []
    assert len(set(names)) == len(names)

import pytest
from pydantic import ValidationError

from audit.records import ClassPictures
from audit.records.unit_records import PicturesUnit, StatisticsUnit, UnitRecord

PICTURES = PicturesUnit(pictures=[ClassPictures(class_index=1, prior="none", pictures=[], sketches=[])])
STATISTICS = StatisticsUnit(values={"images/a.png": {"contrast": 0.25, "noise": None}})


def record(body: PicturesUnit | StatisticsUnit) -> UnitRecord:
    return UnitRecord(
        stage="s",
        version=1,
        key="k",
        of="classes",
        items=[1],
        keys=["k"],
        files={"a": "b"},
        views=0.1,
        seconds=0.2,
        body=body,
    )


@pytest.mark.parametrize("body", [PICTURES, STATISTICS, StatisticsUnit(values={}), PicturesUnit(pictures=[])])
def test_a_record_is_read_back_as_what_it_was(body: PicturesUnit | StatisticsUnit) -> None:
    read = UnitRecord.model_validate_json(record(body).model_dump_json())
    assert read == record(body)
    assert type(read.body) is type(body)


def test_unknown_and_missing_fields_are_errors() -> None:
    text = record(PICTURES).model_dump_json()
    with pytest.raises(ValidationError, match="extra"):
        UnitRecord.model_validate_json(text.replace('"views"', '"extra":1,"views"'))
    with pytest.raises(ValidationError, match="views"):
        UnitRecord.model_validate_json(text.replace('"views"', '"vews"'))


def test_records_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        record(PICTURES).views = 3.0  # type: ignore[misc]

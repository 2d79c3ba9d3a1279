import pytest
from pydantic import ValidationError

from audit.records import Agreement, ClassPictures, Proportion
from audit.records.parts import Part, ToldByPieces
from audit.records.record import UnitBody
from audit.records.unit_records import PartsUnit, PicturesUnit, PiecesUnit, StatisticsUnit, UnitRecord

PICTURES = PicturesUnit(pictures=[ClassPictures(class_index=1, prior="none", pictures=[], sketches=[])])
STATISTICS = StatisticsUnit(values={"images/a.png": {"contrast": 0.25, "noise": None}})


def record(body: UnitBody) -> UnitRecord:
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
    read = UnitRecord.read(record(body).model_dump_json().encode(), type(body))
    assert read == record(body)
    assert type(read.body) is type(body)


def test_unknown_and_missing_fields_are_errors() -> None:
    text = record(PICTURES).model_dump_json()
    with pytest.raises(ValidationError, match="pictures"):
        UnitRecord.read(text.encode(), StatisticsUnit)
    with pytest.raises(ValidationError, match="extra"):
        UnitRecord.read(text.replace('"views"', '"extra":1,"views"').encode(), PicturesUnit)
    with pytest.raises(ValidationError, match="views"):
        UnitRecord.read(text.replace('"views"', '"vews"').encode(), PicturesUnit)


def test_records_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        record(PICTURES).views = 3.0  # type: ignore[misc]


def told(photographs: int) -> ToldByPieces:
    return ToldByPieces(photographs=photographs, told={"edge": [0.5, 1.0]}, shown=[1, 2])


def test_pieces_of_halves_follow_their_places() -> None:
    body = PiecesUnit(told={0: told(10), 1: told(20)})
    assert body.narrowed({1: 1}).told == {1: told(20)}
    assert body.narrowed({0: 1}).told == {1: told(10)}
    assert body.narrowed({}).told == {}
    assert UnitRecord.read(record(body).model_dump_json().encode(), PiecesUnit).body == body


def test_parts_are_narrowed_to_classes() -> None:
    part = Part(
        class_index=3,
        recurrence=Agreement(k=1, n=2),
        area=0.1,
        share=0.5,
        appearances=[],
        alone=Proportion.of(1, 1),
        pasted=Proportion.of(0, 0),
        plain=Proportion.of(0, 0),
        without=Proportion.of(1, 1),
        without_answers=[(2, 1)],
        lookalikes=Proportion.of(0, 0),
        unlike=Proportion.of(0, 0),
    )
    body = PartsUnit(parts={3: [part], 5: []})
    assert body.narrowed({3: 3}).parts == {3: [part]}
    assert body.narrowed({5: 5, 7: 7}).parts == {5: []}
    assert UnitRecord.read(record(body).model_dump_json().encode(), PartsUnit).body == body

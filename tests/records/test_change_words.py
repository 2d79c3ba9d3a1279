import re

import pytest

from audit.probes.bank import plain
from audit.probes.fitting import FITTED
from audit.records import change_words as words_of


def test_every_change_and_every_test_has_words_without_its_id() -> None:
    fitted = [f"fitted-{family}-{k}@bottom-right" for family in FITTED for k in (0, 12)]
    for id in [change.id for change in plain((32, 32), 3)] + fitted:
        assert not re.search(r"[@_]|-\d|fitted-", words_of.change_words(id)), id
        assert words_of.change_words(id) != id


@pytest.mark.parametrize(
    "id, words",
    [
        ("text-latin-1@bottom-right", "text of Latin letters at the bottom right"),
        ("text-dense-2@cover", "text of dense strokes over all of it"),
        ("date@bottom-right", "a date stamp at the bottom right"),
        ("fitted-patch-0@top", "a fitted patch at the top"),
        ("fitted-blend-3@everywhere", "a fitted pattern blended in"),
        ("sinusoid-9.5@22.5", "a sine wave of 9.5 cycles at 22.5 degrees"),
        ("around-snow", "the object on snow"),
        ("white@top-left", "a small white square at the top left"),
        ("of-a-plug-in@x", "of-a-plug-in@x"),
    ],
)
def test_words(id: str, words: str) -> None:
    assert words_of.change_words(id) == words


@pytest.mark.parametrize(
    "test, words",
    [
        ("shift-border", "logit raised by borders"),
        ("lost-color", "photographs lost under a change of colours"),
        ("fitted-moving-patch", "photographs turned by fitting a patch anywhere"),
        ("fitted-border", "photographs turned by fitting a border"),
        ("row-mean", "row of the last layer"),
        ("new-test", "new-test"),
    ],
)
def test_tests(test: str, words: str) -> None:
    assert words_of.test_words(test) == words

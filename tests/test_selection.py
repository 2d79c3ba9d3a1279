import pytest

from audit.errors import ConfigError
from audit.records import ClassLabel
from audit.selection import meant, select

FULL = ["tench, Tinca tinca", "goldfish", "crane", "crane", "7", "1:3", "black, and white", "Ärmel", "x", "y"]
IDS = ["n01440764", "goldfish", "crane#2", "crane#3", "7", "1:3", "black", "Ärmel", "x", "y"]
CLASSES = [
    ClassLabel(index=i, id=id, name=full.split(",")[0], full=full)
    for i, (id, full) in enumerate(zip(IDS, FULL, strict=True))
]


@pytest.mark.parametrize(
    "only, expected",
    [
        ([], range(10)),
        (["0"], [0]),
        (["3", "1", "3"], [1, 3]),
        (["0,5, 9"], [0, 5, 9]),
        (["2:4"], [2, 3]),
        (["::3"], [0, 3, 6, 9]),
        ([":2"], [0, 1]),
        (["8:"], [8, 9]),
        (["-2:"], [8, 9]),
        (["::-4"], [1, 5, 9]),
        (["8:50"], [8, 9]),
        (["n01440764"], [0]),
        (["TENCH"], [0]),
        (["tench, tinca TINCA"], [0]),
        (["black, and white"], [6]),
        (["crane"], [2, 3]),
        (["crane#3"], [3]),
        (["7"], [4]),
        (["1:3"], [5]),
        (["ärmel"], [7]),
        (["goldfish,crane,8:"], [1, 2, 3, 8, 9]),
        (["goldfish", ""], [1]),
    ],
    ids=str,
)
def test_grammar(only: list[str], expected: list[int]) -> None:
    assert select(only, CLASSES) == tuple(expected)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("crane", [2, 3]),
        ("crane#3", [3]),
        ("7", [4]),
        ("6", [6]),
        ("10", []),
        ("1:3", [5]),
        ("2:4", []),
        ("", []),
    ],
)
def test_one_word(text: str, expected: list[int]) -> None:
    """A name or an index; no slice, unless a class is called so."""
    assert meant(text, CLASSES) == expected


@pytest.mark.parametrize(
    "text, message",
    [
        ("goldfisch", "did you mean 'goldfish'"),
        ("n01440765", "did you mean 'n01440764'"),
        ("10", "class 10 does not exist.*0 to 9"),
        ("99999999999999999999", "no class is called"),
        ("", "no class chosen"),
        (",", "no class chosen"),
        ("5:5", "no class chosen"),
        ("::0", "step 0"),
        ("20:30:2:1:0", "no class is called.*for example"),
        ("-1", "no class is called"),
        ("--1:", "no class is called"),
        ("-:3", "no class is called"),
        ("a:b", "no class is called"),
        ("zebra crossing", "no class is called 'zebra crossing'.*every tenth"),
    ],
)
def test_what_fits_nothing(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        select([text], CLASSES)

import pytest

from audit.photos.class_folders import FolderNames
from audit.records import ClassLabel

LABELS = (
    ("n01440764", "tench", "tench, Tinca tinca"),
    ("n02012849", "crane", "crane"),
    ("n03126707", "crane", "crane"),
    ("n02977058", "cash machine", "cash machine, cash dispenser"),
    ("n03710637", "maillot", "maillot"),
    ("n03710721", "maillot", "maillot, tank suit"),
    ("sofa", "sofa", "sofa"),
    ("Polish", "Polish", "Polish"),
    ("polish", "polish", "polish"),
    ("crane#9", "thing", "thing"),
    ("café", "café", "café"),
)
NAMES = FolderNames([ClassLabel(index=i, id=id, name=n, full=f) for i, (id, n, f) in enumerate(LABELS)])


@pytest.mark.parametrize(
    "folder, classes",
    [
        ("n01440764", {0}),
        ("N01440764", {0}),
        ("tench", {0}),
        ("Tench", {0}),
        ("tench, Tinca tinca", {0}),
        ("tench,_tinca_tinca", {0}),
        ("n01440764 tench", {0}),
        ("n01440764_tench", {0}),
        ("n01440764_something", {0}),
        ("cash_machine", {3}),
        ("Cash  Machine", {3}),
        ("crane", {1, 2}),
        ("CRANE", {1, 2}),
        ("n03126707_crane", {2}),
        ("crane#9", {9}),
        ("maillot", {4, 5}),
        ("maillot, tank suit", {5}),
        ("sofa", {6}),
        ("sofa sofa", {6}),
        ("sofa bed", set()),
        ("Polish", {7}),
        ("polish", {8}),
        ("POLISH", {7, 8}),
        ("cafe\u0301", {10}),
        ("n99999999", set()),
        ("", set()),
        ("ten", set()),
    ],
)
def test_meaning(folder: str, classes: set[int]) -> None:
    assert NAMES.meaning(folder) == classes


def test_nearest() -> None:
    assert NAMES.nearest("cash_machin")[0] == "cash machine"
    assert NAMES.nearest("n01440765")[0] == "n01440764"
    assert NAMES.nearest("zzzz") == []

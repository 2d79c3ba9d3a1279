"""A run goes on with photographs: given later, changed or gone, only what they touch is computed."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny

from audit.errors import ImageError
from audit.photos import reading

DRAWN = {"pictures", "unconstrained", "statistics"}
"""Stages that know nothing of photographs."""
SEEN = {"preprocessing", "photographs", "nearest-photographs", "parts", "robustness"}
ATTACKED = {"robustness", "checks", "findings"}
"""Parts of the results that attacks decide."""
SETTINGS = (
    "photographs.batch=2",
    "robustness.batch=2",
    "robustness.steps=2",
    "robustness.images=4",
    "preprocessing.photographs=4",
    "unconstrained.classes=1",
    "synthesis.batch=1",
)
Computed = list[tuple[str, tuple[int, ...]]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.write(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def bare(model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run without photographs."""
    return audited(model, tmp_path_factory.mktemp("bare") / "run", None)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(6):
        tiny.photograph(tmp_path / "photos" / ("banana", "dumbbell")[number // 3] / f"{number}.png", number)
    return tmp_path / "photos"


@pytest.fixture
def out(bare: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bare, tmp_path / "run"))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Computed:
    """Notes every unit that is computed."""
    return tiny.noting(monkeypatch)


def audited(model: str, out: Path, images: Path | None) -> Path:
    return tiny.audit_tiny(model, out, *SETTINGS, images=images).folder


def stamps(out: Path) -> dict[str, int]:
    """When each file of the stages that know nothing of photographs was written."""
    folders = [out / "units" / name for name in DRAWN] + [out / "images" / name for name in DRAWN]
    files = [path for folder in folders for path in folder.rglob("*")]
    return {str(path.relative_to(out)): path.stat().st_mtime_ns for path in files}


def as_fresh(model: str, out: Path, images: Path | None, computed: Computed) -> bool:
    """Whether the run is what one in a new folder would be; notes nothing.

    What was attacked beside other images may differ by what rounding does to its smallest distance, and so
    may the checks that read it; everything else is equal to the last digit.
    """
    before = list(computed)
    whole = audited(model, out.with_name("whole"), images)
    one, other = tiny.comparable(out), tiny.comparable(whole)
    same = all(
        alike(one[key], other[key]) if key in ATTACKED else one[key] == other[key] for key in one | other
    )
    shutil.rmtree(whole)
    computed[:] = before
    return same


def alike(one: Any, other: Any) -> bool:
    """Equal but for the last digits of numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == (pytest.approx(other, rel=1e-4) if isinstance(other, float) else other)


def test_photographs_given_later(model: str, out: Path, photos: Path, computed: Computed) -> None:
    before = stamps(out)
    audited(model, out, photos)
    assert {stage for stage, _ in computed} == SEEN
    assert [items for stage, items in computed if stage == "photographs"] == [(0, 1), (2, 3), (4, 5)]
    assert stamps(out) == before
    assert as_fresh(model, out, photos, computed)
    computed.clear()
    audited(model, out, photos)
    assert computed == []


def test_photographs_left_out_again(model: str, out: Path, photos: Path, computed: Computed) -> None:
    before = stamps(out)
    audited(model, out, photos)
    computed.clear()
    audited(model, out, None)
    assert {stage for stage, _ in computed} <= {"robustness"}
    assert stamps(out) == before
    assert tiny.comparable(out)["photographs"] is None
    assert as_fresh(model, out, None, computed)


def test_another_folder(model: str, out: Path, photos: Path, computed: Computed) -> None:
    before = stamps(out)
    audited(model, out, photos)
    others = photos.with_name("others")
    for number in range(3):
        tiny.photograph(others / "pear" / f"{number}.png", 100 + number)
    audited(model, out, others)
    assert as_fresh(model, out, others, computed)
    computed.clear()
    audited(model, out, photos)
    assert {stage for stage, _ in computed} <= SEEN
    assert stamps(out) == before
    assert as_fresh(model, out, photos, computed)


def test_the_same_photographs_elsewhere(model: str, out: Path, photos: Path, computed: Computed) -> None:
    audited(model, out, photos)
    computed.clear()
    audited(model, out, photos.rename(photos.with_name("moved")))
    assert computed == []
    assert tiny.comparable(out)["photographs"]["source"].endswith("moved")


def test_a_photograph_added_at_the_end(model: str, out: Path, photos: Path, computed: Computed) -> None:
    audited(model, out, photos)
    computed.clear()
    tiny.photograph(photos / "pear" / "6.png", 6)
    audited(model, out, photos)
    assert [items for stage, items in computed if stage == "photographs"] == [(6,)]
    assert {stage for stage, _ in computed} <= SEEN


def test_photographs_added_between_others(
    model: str, out: Path, photos: Path, tmp_path: Path, computed: Computed
) -> None:
    """The attacks on those that were there stand, though their places have moved."""
    words = ("robustness.images=20",)
    images = tiny.audit_tiny(model, tmp_path / "more", *SETTINGS, *words, images=photos)
    before = {a.photograph: a for a in images.results.robustness.attacked}
    names = {photo.index: photo.name for photo in images.results.photographs.photographs}
    computed.clear()
    tiny.photograph(photos / "banana" / "0a.png", 60)
    tiny.photograph(photos / "pear" / "6.png", 61)
    added = tiny.audit_tiny(model, tmp_path / "more", *SETTINGS, *words, images=photos)
    now = {photo.name: photo.index for photo in added.results.photographs.photographs}
    assert sorted(items for stage, items in computed if stage == "robustness") == [
        (now["banana/0a.png"],),
        (now["pear/6.png"],),
    ]
    after = {a.photograph: a for a in added.results.robustness.attacked}
    assert before
    for index, attacked in before.items():
        place = now[names[index]]
        assert after[place] == attacked.model_copy(update={"photograph": place})
    folder = tmp_path / "more"
    for example in added.results.robustness.examples:
        assert (folder / example.file).is_file()
        assert (folder / example.original).is_file()
    assert {e.photograph for e in added.results.robustness.examples} <= after.keys()


def test_a_photograph_changed(model: str, out: Path, photos: Path, computed: Computed) -> None:
    audited(model, out, photos)
    computed.clear()
    tiny.photograph(photos / "dumbbell" / "5.png", 50)
    audited(model, out, photos)
    assert [items for stage, items in computed if stage == "photographs"] == [(4, 5)]
    assert as_fresh(model, out, photos, computed)


@pytest.mark.parametrize("gone", ["banana/0.png", "dumbbell"])
def test_photographs_removed_between_two_sessions(
    model: str, out: Path, photos: Path, computed: Computed, gone: str
) -> None:
    before = stamps(out)
    audited(model, out, photos)
    computed.clear()
    path = photos / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    audited(model, out, photos)
    assert {stage for stage, _ in computed} <= SEEN
    assert stamps(out) == before
    assert as_fresh(model, out, photos, computed)


def test_all_photographs_removed(model: str, out: Path, photos: Path, computed: Computed) -> None:
    audited(model, out, photos)
    before = tiny.tree(out)
    computed.clear()
    shutil.rmtree(photos / "banana")
    shutil.rmtree(photos / "dumbbell")
    with pytest.raises(ImageError, match="got no picture in it"):
        audited(model, out, photos)
    assert (computed, tiny.tree(out)) == ([], before)


@pytest.mark.parametrize(
    "stage, how",
    [
        ("photographs", "removed"),
        ("photographs", "changed"),
        ("nearest-photographs", "removed"),
        ("robustness", "changed"),
    ],
)
def test_a_photograph_that_goes_while_the_run_works(
    model: str,
    out: Path,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    computed: Computed,
    stage: str,
    how: str,
) -> None:
    """Ends in one line; the same command goes on with what is there then."""
    victim = photos / "banana" / "0.png"
    original = reading._read_one
    working: list[str] = []

    def going(entry: Any, *rest: Any) -> Any:
        if computed and computed[-1][0] == stage and not working:
            working.append(stage)
            victim.unlink()
            if how == "changed":
                tiny.photograph(victim, 77)
        return original(entry, *rest)

    monkeypatch.setattr(reading, "_read_one", going)
    words = ["run", model, *tiny.flags(*SETTINGS), "--out", str(out), "--images", str(photos)]
    code = tiny.command(*words)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert working == [stage]
    assert code == 2, said.err
    (line,) = [line for line in said.err.splitlines() if line.startswith("audit: ")]
    assert re.search(r"banana/0\.png: the photograph is not as it was .*Fix: repeat the command", line), line
    assert said.out == ""
    assert tiny.command(*words) == 0
    assert as_fresh(model, out, photos, computed)


@pytest.mark.parametrize("pattern", ["units/photographs/*.npz", "images/photographs/*.png", "units/*/*.json"])
def test_what_is_damaged_is_computed_again(
    model: str, out: Path, photos: Path, computed: Computed, pattern: str
) -> None:
    audited(model, out, photos)
    expected = tiny.comparable(out)
    paths = sorted(out.glob(pattern))
    assert paths
    for path in paths[::2]:
        path.write_bytes(path.read_bytes()[:-20] + b"?" * 20)
    computed.clear()
    audited(model, out, photos)
    assert computed
    assert tiny.comparable(out) == expected
    computed.clear()
    audited(model, out, photos)
    assert computed == []

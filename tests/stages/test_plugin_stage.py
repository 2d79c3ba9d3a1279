"""A stage from outside, from its records to the page, the JSON and the exit code."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
from broken_plugin_package.bad_audit.stage import Breaking
from plugin_package.toy_audit.stage import Mirror

from audit.api import plan
from audit.errors import ConfigError, OutputError
from audit.finished import Audit
from audit.records import Captioned, Details, PictureRow
from audit.runner import plugins
from audit.stages import STAGES, Reduced, in_order

ALIVE = '[checks]\ndead-class = "warn"\nclass-overlap = "warn"\nunreliable-picture = "warn"\n'
LOOSE = ALIVE + "[policy]\nrequire = []\n"
FEW = ("robustness.images=0",)


@pytest.fixture
def add() -> Iterator[Callable[..., Any]]:
    """`add(stage)` registers it for one test."""
    added: list[str] = []

    def one(stage: Any) -> Any:
        added.append(stage.name)
        return STAGES.register(stage)

    yield one
    for name in added:
        STAGES.unregister(name)


def audited(folder: Path, *settings: str) -> Audit:
    return tiny.audit_tiny(tiny.write(folder), folder / "run", *FEW, *settings)


def stages(folder: Path) -> dict[str, Any]:
    results = json.loads((folder / "run" / "results.json").read_text())
    return {stage["name"]: stage for stage in results["run"]["stages"]}


def lowest(folder: Path, count: int) -> set[int]:
    """The classes whose chosen picture has the lowest probability, from the JSON."""
    results = json.loads((folder / "run" / "results.json").read_text())
    chosen = {
        p["class_index"]: p["probability"]
        for entry in results["classes"]
        for p in entry["pictures"]
        if p["chosen"] and p["prior"] == "natural"
    }
    return set(sorted(chosen, key=lambda index: chosen[index])[:count])


def test_from_records_to_the_page_and_again(
    tmp_path: Path, add: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(Mirror())
    noted = tiny.noting(monkeypatch)
    audited(tmp_path)
    looked = {items[0] for stage, items in noted if stage == "mirror"}
    assert looked == lowest(tmp_path, 2)
    assert stages(tmp_path)["mirror"]["done"] == stages(tmp_path)["mirror"]["units"] == 2
    assert len(list((tmp_path / "run/units/mirror").glob("*.json"))) == 2
    shown = json.loads((tmp_path / "run/results.json").read_text())["details"]["mirror"]
    assert shown["title"] == "Mirror <test>"
    assert {name for name, _ in shown["blocks"][0]["rows"]} == {tiny.NAMES[i] for i in looked}
    page = (tmp_path / "run/index.html").read_text()
    assert '<section id="details-mirror"' in page
    assert '<a href="#details-mirror">Mirror &lt;test&gt;</a>' in page
    assert "Left &amp; right are &lt;b&gt;not&lt;/b&gt; the same." in page
    section = page.partition('<section id="details-mirror"')[2].partition("</section>")[0]
    assert section.count("<img ") == 2
    assert section.count("<tr>") == 3
    assert section.count("data:image/webp;base64,") == 2
    before = {stage for stage, _ in noted}
    assert {"pictures", "mirror"} <= before
    noted.clear()
    first = tiny.comparable(tmp_path / "run")
    audited(tmp_path)
    assert noted == []
    assert tiny.comparable(tmp_path / "run") == first
    audited(tmp_path, "plugins.mirror.classes=3")
    assert [stage for stage, _ in noted] == ["mirror"] * 3
    assert {items[0] for _, items in noted} == lowest(tmp_path, 3)


def test_it_is_foreseen_by_its_views(tmp_path: Path, add: Callable[..., Any]) -> None:
    add(Mirror())
    ahead = plan(tiny.write(tmp_path), set=(*tiny.SETTINGS, *FEW), out=tmp_path / "run")
    (own,) = [stage for stage in ahead.stages if stage.name == "mirror"]
    assert (own.items, own.units, own.views) == (0, 0, pytest.approx(2 / 3))
    assert own.seconds > 0


@pytest.mark.parametrize("where", ["units", "compute", "reduce"])
def test_one_that_breaks_ends_nothing_and_is_no_pass(
    tmp_path: Path, add: Callable[..., Any], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add(Breaking(where))
    add(Mirror())
    add(Breaking("", name="after", inputs=("breaking",)))
    (tmp_path / "policy.toml").write_text(LOOSE)
    model = tiny.write(tmp_path)
    code = tiny.command(
        "run", model, "--out", str(tmp_path / "run"), "--policy", str(tmp_path / "policy.toml"),
        *tiny.flags(*FEW),
    )  # fmt: skip
    assert code == 3
    told = stages(tmp_path)
    assert "ZeroDivisionError: no luck (stage.py, line " in told["breaking"]["error"]
    assert "\n" not in told["breaking"]["error"]
    assert told["breaking"]["done"] == {"units": 0, "compute": 2, "reduce": 6}[where]
    assert (told["after"]["not_run"] is None) == (where == "reduce")
    assert told["mirror"]["error"] is None
    assert told["mirror"]["done"] == 2
    verdict = json.loads((tmp_path / "run/results.json").read_text())["verdict"]
    lacking = {entry["what"]: entry["why"] for entry in verdict["not_checked"]}
    assert "ZeroDivisionError: no luck" in lacking["stage breaking"]
    page = (tmp_path / "run/index.html").read_text()
    assert page.count("ZeroDivisionError: no luck") >= 2  # at the top, and with the stages
    assert "stage breaking failed" in capsys.readouterr().err
    # What was written is judged in the same way again, without the plug-in.
    for name in ("breaking", "mirror", "after"):
        STAGES.unregister(name)
    assert tiny.command("check", str(tmp_path / "run"), "--policy", str(tmp_path / "policy.toml")) == 3


def test_without_the_broken_stage_the_policy_holds(tmp_path: Path, add: Callable[..., Any]) -> None:
    """What made the run incomplete above was the stage alone."""
    add(Breaking(""))
    (tmp_path / "policy.toml").write_text(LOOSE)
    words = ("--out", str(tmp_path / "run"), "--policy", str(tmp_path / "policy.toml"), *tiny.flags(*FEW))
    assert tiny.command("run", tiny.write(tmp_path), *words) == 0


def test_a_stage_of_the_package_that_breaks_is_said_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*rest: Any) -> Any:
        raise MemoryError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(STAGES["unconstrained"], "compute", full, raising=False)
        result = audited(tmp_path)
        told = stages(tmp_path)
        assert told["unconstrained"]["error"].startswith("MemoryError: no room")
        assert told["statistics"]["not_run"].startswith("it reads unconstrained")
        assert told["pictures"]["done"] == told["pictures"]["units"]
        assert result.results.verdict.outcome != "checks passed"
        assert result.results.run.lacks
    again = audited(tmp_path)
    assert again.results.run.lacks == []


def test_pictures_that_are_not_there_are_the_stages_own_error(
    tmp_path: Path, add: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Details(
        title="T", blocks=[PictureRow(pictures=[Captioned(file="../net1.png", caption="out of the run")])]
    )
    stage = add(Mirror())
    monkeypatch.setattr(stage, "reduce", lambda context, records: Reduced(details=shown), raising=False)
    result = audited(tmp_path)
    assert "expected a .png of the run" in stages(tmp_path)["mirror"]["error"]
    assert result.results.details == {}


@pytest.mark.parametrize(
    "said, words",
    [
        (Reduced(run={"verdict": None}), "no field 'verdict'"),
        (Reduced(run={"tuning": None}), "another stage gives the field 'tuning'"),
        (Reduced(classes={0: {"agreement": 0.5}}), "another stage gives the field 'agreement'"),
        (Reduced(classes={0: {"agrement": 0.5}}), "agrement"),
    ],
    ids=str,
)
def test_what_a_stage_says_of_others_fields_is_refused(
    tmp_path: Path, add: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, said: Reduced, words: str
) -> None:
    stage = add(Mirror())
    monkeypatch.setattr(stage, "reduce", lambda context, records: said, raising=False)
    audited(tmp_path)
    assert words in stages(tmp_path)["mirror"]["error"]


def test_settings_of_an_unknown_stage_are_refused(tmp_path: Path, add: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="no stage from outside is installed"):
        audited(tmp_path, "plugins.mirror.classes=1")
    add(Mirror())
    with pytest.raises(ConfigError, match="did you mean mirror"):
        audited(tmp_path, "plugins.miror.classes=1")
    with pytest.raises(ConfigError, match="expected the name of a stage from outside"):
        audited(tmp_path, "plugins.pictures.classes=1")


def test_a_user_error_ends_the_run(
    tmp_path: Path, add: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*rest: Any) -> Any:
        raise OutputError("the disk is full")

    monkeypatch.setattr(add(Mirror()), "compute", full, raising=False)
    with pytest.raises(OutputError, match="the disk is full"):
        audited(tmp_path)
    assert not (tmp_path / "run/results.json").exists()


def test_a_plug_in_that_cannot_be_loaded_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    STAGES.names()
    monkeypatch.setitem(STAGES._broken, "bent", "ImportError: no bent")
    assert [(p.group, p.name) for p in plugins.broken(())] == [("audit.stages", "bent")]
    result = audited(tmp_path)
    results = json.loads((tmp_path / "run/results.json").read_text())
    assert results["run"]["plugins"] == [
        {"group": "audit.stages", "name": "bent", "error": "ImportError: no bent"}
    ]
    assert [entry for entry in results["verdict"]["not_checked"] if entry["what"] == "plug-in bent"]
    assert "could not be loaded: ImportError: no bent" in (tmp_path / "run/index.html").read_text()
    assert result.results.verdict.outcome in ("incomplete", "flagged")
    assert "could not be loaded" in result.results.verdict.headline


def test_order() -> None:
    own = STAGES.names()
    late = Breaking("", name="late", inputs=("early", "pictures"))
    early = Breaking("", name="early", inputs=("robustness",))
    assert [stage.name for stage in in_order([*STAGES, late, early])] == [*own, "early", "late"]


def test_stages_that_cannot_be_put_in_order() -> None:
    wrong = Breaking("", name="wrong", inputs=("pictuers",))
    with pytest.raises(ConfigError, match=r"reads 'pictuers'.*did you mean pictures"):
        in_order([*STAGES, wrong])
    one = Breaking("", name="one", inputs=("two",))
    two = Breaking("", name="two", inputs=("one",))
    with pytest.raises(ConfigError, match="wait for each other: one, two"):
        in_order([*STAGES, one, two])


def test_what_is_no_stage_is_refused() -> None:
    with pytest.raises(TypeError, match="lacks version"):
        STAGES.register(Path("x"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="letters, digits and hyphens"):
        STAGES.register(Breaking("", name="../elsewhere"))
    with pytest.raises(TypeError, match="is a class"):
        STAGES.register(Mirror)  # type: ignore[arg-type]

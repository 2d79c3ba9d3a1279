"""A check in one file outside the package, from `register` or an entry point to page, JSON and exit code."""

import importlib.metadata
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import tiny
from plugin_package.toy_audit import check

from audit.checks import CHECKS, CheckMeta, Limit, Limits, effective
from audit.config import read_config
from audit.errors import ConfigError
from audit.gating.ahead import ahead
from audit.gating.policy import policy_of
from audit.runner.rebuild import rebuild

TOY = Path(check.__file__).read_text("utf-8")
POLICY = """
[checks]
toy-views = "error"
dead-class = "off"
class-overlap = "off"
unreliable-picture = "off"
label-list = "off"
preprocessing = "off"
[limits]
toy_views = {limit}
[policy]
coverage = 0.1
require = ["toy-views"]
"""
ONE = ("unconstrained.classes=0", "robustness.images=0")


def module_of(folder: Path, text: str = TOY, name: str = "toy_views") -> ModuleType:
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[ModuleType]:
    module = module_of(tmp_path)
    CHECKS.register(module)
    yield module
    CHECKS.unregister("toy-views")


def answer(path: Path) -> dict[str, object]:
    (found,) = (c for c in json.loads(path.read_text())["checks"] if c["meta"]["id"] == "toy-views")
    return found


def test_one_file_is_enough(toy: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(TOY.splitlines()) < 30
    out, model = tmp_path / "run", tiny.write(tmp_path)
    run = tiny.audit_tiny(model, out, *ONE, only=[0, 1])
    (found,) = (c for c in run.results.checks if c.meta.id == "toy-views")
    assert (found.outcome, found.summary) == ("flagged", "2 classes above the limit.")
    assert answer(out / "results.json")["outcome"] == "flagged"
    assert run.results.run.config["checks"]["toy_views"] == 2.0
    page = (out / "index.html").read_text()
    assert 'id="check-toy-views"' in page
    assert "Classes drawn in many views" in page

    policy = tmp_path / "policy.toml"
    for limit, code in ((2, 1), (1000, 0)):
        policy.write_text(POLICY.format(limit=limit))
        assert tiny.command("check", str(out), "--policy", str(policy)) == code
        assert "toy-views" in capsys.readouterr().out
    policy.write_text(POLICY.format(limit=-1))
    assert tiny.command("check", str(out), "--policy", str(policy)) == 2

    rebuild(out, ["checks.toy_views=1000"])
    assert answer(out / "results.json")["outcome"] == "passed"
    words = ["run", model, "--out", str(out), *tiny.flags(*ONE), "--only", "0,1"]
    tiny.command(*words, "--set", "checks.toy_views=3")
    assert json.loads((out / "results.json").read_text())["run"]["config"]["checks"]["toy_views"] == 3.0
    capsys.readouterr()
    assert tiny.command(*words, "--set", "checks.toy_view=3") == 2
    assert "did you mean 'checks.toy_views'" in capsys.readouterr().err

    # Where the check is not installed, its answer and its limit are not taken for anything.
    CHECKS.unregister("toy-views")
    again = rebuild(out)
    assert answer(out / "results.json")["outcome"] == "not run"
    assert [f for f in again.findings if f.check == "toy-views"] == []
    assert "toy-views" in [entry.what for entry in again.verdict.not_checked]
    assert (again.verdict.outcome, again.verdict.exit_code) == ("incomplete", 3)
    with pytest.raises(ConfigError, match=r"unknown limit 'checks\.toy_views'"):
        rebuild(out, ["checks.toy_views=4"])
    assert tiny.command("check", str(out), "--policy", str(policy)) == 2
    CHECKS.register(toy)
    assert rebuild(out).run.config["checks"]["toy_views"] == 3.0
    assert answer(out / "results.json")["outcome"] == "flagged"


class Point:
    """An entry point."""

    group = "audit.checks"

    def __init__(self, name: str, loaded: object) -> None:
        self.name, self.loaded = name, loaded

    def load(self) -> object:
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Point]]:
    """Entry points that are found when the checks are loaded again."""
    found: list[Point] = []
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: found)
    before = dict(CHECKS.__dict__)
    CHECKS.__dict__.update(_things={}, _added={}, _loaded=False, _broken={})
    yield found
    CHECKS.__dict__.update(before)


def test_entry_points_that_cannot_be_loaded_are_errors_of_their_own(
    points: list[Point], tmp_path: Path
) -> None:
    other = TOY.replace("toy-views", "toy-other").replace("default=2.0", "default=3.0")
    points += [
        Point("toy", module_of(tmp_path)),
        Point("toy-broken", ImportError("no module named nothing")),
        Point("toy-empty", object()),
        Point("dead-class", module_of(tmp_path, TOY.replace("toy-views", "dead-class"), "dead")),
        Point("toy-other", module_of(tmp_path, other, "other")),
    ]
    run = tiny.audit_tiny(tiny.write(tmp_path), tmp_path / "run", *ONE, only=[0, 1])
    errors = {c.meta.id: c.summary for c in run.results.checks if c.outcome == "error"}
    assert set(errors) == {"toy-broken", "toy-empty", "dead-class-plug-in", "toy-other"}
    assert "no module named nothing" in errors["toy-broken"]
    assert "another limit 'toy_views'" in errors["toy-other"]
    assert {c.meta.id for c in run.results.checks if c.outcome == "flagged"} >= {"toy-views"}
    assert "4 checks failed with an error" in run.results.verdict.headline
    assert 'id="check-toy-broken"' in (tmp_path / "run" / "index.html").read_text()
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY.format(limit=1000))
    assert tiny.command("check", str(tmp_path / "run"), "--policy", str(policy)) == 3
    off = "".join(f'{check} = "off"\n' for check in errors)
    policy.write_text(POLICY.format(limit=1000).replace("[limits]", f"{off}[limits]"))
    assert tiny.command("check", str(tmp_path / "run"), "--policy", str(policy)) == 0


def test_a_limit_of_another_check_is_refused(toy: ModuleType, tmp_path: Path) -> None:
    text = TOY.replace('id="toy-views"', 'id="toy-two"')
    CHECKS.register(module_of(tmp_path, text, "two"))  # the same limit may be read by two checks
    CHECKS.unregister("toy-two")
    for change in ("default=2.0|default=3.0", 'name="toy_views"|name="items"', 'name="toy_views"|name="a-b"'):
        old, _, new = change.partition("|")
        with pytest.raises(ConfigError, match="limit"):
            CHECKS.register(module_of(tmp_path, text.replace(old, new), "wrong"))
    assert "toy-two" not in CHECKS


def test_a_check_that_answers_something_else_is_an_error(toy: ModuleType, tmp_path: Path) -> None:
    for wrong in (None, {"outcome": "passed"}, CHECKS["label-list"]):
        toy.evaluate = lambda results, limits, wrong=wrong: wrong
        run = tiny.audit_tiny(tiny.write(tmp_path), tmp_path / "run", *ONE, only=[0])
        assert answer(run.folder / "results.json")["outcome"] == "error"


@pytest.mark.parametrize("given", ["checks.outlierz=1", "checks.overlap_share=2", "checks.outlier_z=nan"])
def test_a_wrong_limit_is_said_before_torch_is_imported(given: str) -> None:
    code = (
        "import sys, audit\n"
        f"try: audit.run('demo', set={given!r})\n"
        "except audit.ConfigError as error: print('torch' in sys.modules, error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("False ")
    assert "checks.o" in said


def test_what_a_check_lacks_may_break_and_stops_nothing(toy: ModuleType) -> None:
    def lacks(config: object, limits: object, photographs: bool) -> None:
        raise KeyError("nothing")

    toy.lacks = lacks
    policy = policy_of({"checks": {"toy-views": "error"}, "policy": {"require": ["toy-views"]}}, "p")
    said = ahead(policy, read_config("quick"), photographs=True, part=False)
    assert "toy-views (its own question for what it lacks failed: KeyError: 'nothing')" in said


def test_limits_are_read_like_attributes_and_stay_within_their_bounds() -> None:
    meta = CheckMeta(
        id="a", title="", kind="lint", question="", source="", unit="",
        limits=(Limit(name="share", default=0.5, ge=0, lt=1),),
    )  # fmt: skip
    assert Limits([meta]).share == 0.5
    assert (Limits([meta], {"share": 0}).share, dict(Limits([meta], {"share": 0.25}))) == (
        0.0,
        {"share": 0.25},
    )
    with pytest.raises(AttributeError, match="did you mean share"):
        _ = Limits([meta]).shares
    for value in (1, -0.1, True, "0.5", float("nan"), float("inf"), None, [0.5]):
        with pytest.raises(ConfigError, match="share"):
            Limits([meta], {"share": value})
    with pytest.raises(ConfigError, match=r"did you mean 'checks\.overlap_share'"):
        effective({"overlapshare": 0.1})

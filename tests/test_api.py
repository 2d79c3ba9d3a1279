import io
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
import tiny
import torch
from rich.console import Console
from torch import nn

import audit
import audit.errors
from audit.errors import AuditError, ConfigError
from audit.finished import Audit
from audit.records import Results
from audit.records.gate import GateResult


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.write(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def finished(model: str, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return tiny.audit_tiny(model, tmp_path_factory.mktemp("runs") / "run")


def test_the_package_offers_what_it_says() -> None:
    assert sorted(audit.__all__) == audit.__all__
    for name in {*audit.__all__} - {"__version__"}:
        assert callable(getattr(audit, name))
        assert getattr(audit, name).__doc__
    errors = {n for n, v in vars(audit.errors).items() if isinstance(v, type) and issubclass(v, AuditError)}
    verbs = {"check", "doctor", "draw", "dream", "invert", "load", "open", "plan", "probe", "run"}
    assert set(audit.__all__) == verbs | errors | {"Audit", "Classifier", "__version__"}
    assert audit.__version__ == version("classifier-audit")
    assert {*audit.__all__} <= {*dir(audit)}
    with pytest.raises(AttributeError, match="has no attribute 'fly'"):
        audit.fly  # noqa: B018


def test_a_run_gives_frames_and_the_page(finished: Audit) -> None:
    assert finished.page.is_file()
    for name in ("classes", "pictures", "statistics", "findings", "checks", "counterexamples"):
        frame = getattr(finished, name)
        assert isinstance(frame, pd.DataFrame)
        assert getattr(finished, name) is frame
    assert list(finished.classes["name"]) == list(tiny.NAMES[:6])


def test_results_on_disk_are_those_returned(finished: Audit) -> None:
    written = Results.model_validate_json((finished.folder / "results.json").read_bytes())
    assert written == finished.results


def test_a_live_module_and_its_file_give_the_same_pictures(
    finished: Audit, model: str, tmp_path: Path
) -> None:
    made = audit.load(model)
    live = tiny.audit_tiny(
        made.module, tmp_path / "live", input_size=32, mean=0.5, std=0.25, classes=tiny.NAMES[:6]
    )
    loaded = tiny.audit_tiny(made, tmp_path / "loaded")
    hashes = finished.pictures["sha256"]
    assert live.pictures["sha256"].equals(hashes)
    assert loaded.pictures["sha256"].equals(hashes)
    assert (live.results.model.spec, loaded.results.model.spec) == ("Sequential", model)


def test_the_caller_goes_on_as_before(model: str, tmp_path: Path) -> None:
    module = audit.load(model).module.train()
    for parameter in module.parameters():
        parameter.requires_grad_(True)
    state = torch.get_rng_state()
    tiny.audit_tiny(module, tmp_path / "run", only=[0])
    assert torch.equal(torch.get_rng_state(), state)
    assert module.training
    assert all(p.requires_grad for p in module.parameters())


def test_a_multi_label_network_and_one_of_one_output(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1))
    path = {"input_size": 32, "mean": 0.5, "std": 0.25}
    binary = tiny.audit_tiny(net, tmp_path / "binary", classes=["no", "yes"], **path)
    assert list(binary.classes["name"]) == ["no", "yes"]
    wide = tiny.write(tmp_path)
    many = tiny.audit_tiny(wide, tmp_path / "many", task="multi-label")
    picture = many.results.classes[0].pictures[0]
    assert picture.probability == pytest.approx(1 / (1 + 2.718281828459045**-picture.logit), rel=1e-5)


@pytest.mark.parametrize("size, channels", [((32, 48), 3), (40, 1), (32, 5)], ids=["wide", "grey", "five"])
def test_other_inputs(tmp_path: Path, size: object, channels: int) -> None:
    """No square, no shipped baseline of the size, no colour: pictures, statistics and page all the same."""
    model = tiny.write(tmp_path, size=size, channels=channels)
    run = tiny.audit_tiny(model, tmp_path / "run")
    assert len(run.pictures) == 6 * 2 + 4 * 2
    assert run.page.stat().st_size > 10_000
    statistics = run.statistics
    shipped = size == 32
    assert statistics["percentile"].notna().any() == shipped
    contrast = statistics.loc[statistics["statistic"] == "contrast", "value"]
    assert contrast.between(0, 0.6).all()
    assert contrast.median() > 0.01
    assert (run.results.baseline.id is not None) == shipped


def test_one_word_is_one_class_and_one_setting(model: str, tmp_path: Path) -> None:
    small = tmp_path / "small.toml"
    settings = (
        "synthesis = {views = 8}",
        "probes = {photographs = 0}",
        "reliability = {control_classes = 0}",
    )
    small.write_text("\n".join(settings))
    run = audit.run(
        model, out=tmp_path / "run", only="dumbbell", set="unconstrained.classes=0", preset=str(small)
    )
    assert list(run.classes.index) == [1]
    assert run.results.run.config["unconstrained"]["classes"] == 0
    assert set(run.pictures["prior"]) == {"natural"}


def test_settings_that_a_loaded_classifier_cannot_follow(model: str, tmp_path: Path) -> None:
    made = audit.load(model)
    with pytest.raises(ConfigError, match=r"classes, mean cannot change.*audit\.load"):
        audit.run(made, out=tmp_path / "run", classes=list("abcdef"), mean=0.5)
    with pytest.raises(ConfigError, match="was loaded on cpu in float32, not on cpu in bfloat16"):
        audit.run(made, out=tmp_path / "run", set=["dtype=bfloat16"])
    assert not (tmp_path / "run").exists()


def test_a_classifier_in_low_precision_is_recorded_as_such(model: str, tmp_path: Path) -> None:
    run = tiny.audit_tiny(audit.load(model, dtype="bfloat16"), tmp_path / "run", only=[0, 1])
    assert run.results.run.dtype == "bfloat16"


def test_plan_tells_the_folder(model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    ahead = audit.plan(model, set=tiny.SETTINGS)
    assert ahead.folder == Path("reports/net1-make")
    assert ahead.seconds > 0
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_is_opened_and_checked_without_torch(finished: Audit) -> None:
    code = (
        "import sys, audit; folder = sys.argv[1]; run = audit.open(folder); "
        "print(repr(run)); print(len(run.pictures), run.page.is_file()); "
        "print(audit.check(run).model_dump_json()); "
        "assert audit.check(folder) == audit.check(run, policy='release'); "
        "assert 'torch' not in sys.modules"
    )
    folder = str(finished.folder)
    said = subprocess.check_output([sys.executable, "-c", code, folder], text=True, timeout=120).splitlines()
    assert said[0] == repr(finished)
    assert said[1] == f"{len(finished.pictures)} True"
    assert GateResult.model_validate_json(said[2]) == audit.check(finished)
    assert audit.open(folder).results == finished.results


def test_a_run_with_a_policy_has_its_answer(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the command line answers and ends with, a caller in Python gets."""
    policy = tmp_path / "strict.toml"
    policy.write_text('[checks]\nlabel-list = "error"\n[policy]\nrequire = ["class-overlap"]\n')
    file = io.StringIO()
    console = Console(file=file, width=400)
    run = tiny.audit_tiny(model, tmp_path / "run", only=[1], policy=policy, console=console)
    assert run.answer is not None
    assert run.answer == audit.check(run, policy=policy)
    assert run.answer.exit_code == 3
    said = file.getvalue().splitlines()
    assert "will have no answer: these settings cannot fulfil class-overlap" in said[0]
    assert said[1].startswith("loading ")
    assert tiny.audit_tiny(model, tmp_path / "run", only=[1]).answer is None
    capsys.readouterr()
    code = tiny.command("check", str(run.folder), "--policy", str(policy))
    assert (code, capsys.readouterr().out.splitlines()[-1]) == (3, run.answer.headline)
    with pytest.raises(ConfigError, match="did you mean 'release'"):
        audit.run(model, out=tmp_path / "none", policy="relese")
    assert not (tmp_path / "none").exists()


def test_what_is_no_finished_run_is_not_opened(tmp_path: Path) -> None:
    for verb in (audit.open, audit.check):
        with pytest.raises(audit.OutputError, match="expected a run directory"):
            verb(tmp_path)
    with pytest.raises(ConfigError, match="did you mean 'release'"):
        audit.check(tmp_path, policy="relese")


def test_a_mapping_sets_what_texts_set(model: str, tmp_path: Path) -> None:
    texts = dict(text.split("=", 1) for text in tiny.SETTINGS)
    values: dict[str, object] = {key: json.loads(text) for key, text in texts.items()}
    given = audit.run(model, out=tmp_path / "mapping", only=[1], set={**values, "checks": {"outlier_z": 9}})
    plain = audit.run(model, out=tmp_path / "texts", only=[1], set=[*tiny.SETTINGS, "checks.outlier_z=9"])
    assert given.results.run.config == plain.results.run.config
    assert given.results.run.config["checks"]["outlier_z"] == 9
    with pytest.raises(ConfigError, match=r"synthesis\.views: .*Fix: set=\"synthesis\.views=VALUE\""):
        audit.run(model, out=tmp_path / "wrong", set={"synthesis.views": "many"})


def test_the_verbs_that_look_inside(model: str, tmp_path: Path) -> None:
    network = audit.load(model)
    photo = tiny.photograph(tmp_path / "photo.png")
    page = audit.draw(network, "0:1", views=2, restarts=1, out=tmp_path / "units")
    assert page == tmp_path / "units" / "index.html"
    found = audit.invert(photo, network, layer="0", steps=2, out=tmp_path / "invert")
    assert [depth.layer for depth in found.depths] == ["0"]
    dreamt = audit.dream(photo, model, layer="0", octaves=1, iterations=1, side=40, out=tmp_path / "dream")
    for path in (page, found.page, dreamt.page):
        assert path.is_file()
    assert "audit.draw(" in page.read_text()
    with pytest.raises(ConfigError, match=r"loaded already.*audit\.load"):
        audit.draw(network, "0:1", mean=0.5, out=tmp_path / "again")

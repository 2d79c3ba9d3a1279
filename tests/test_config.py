import tomllib
import zipfile
from pathlib import Path
from shutil import which
from subprocess import DEVNULL, run

import pytest
from pydantic import BaseModel

from audit.config import PRESETS, Config, preset_path, read_config, read_config_values
from audit.errors import ConfigError
from audit.gating.policy import SHIPPED as POLICIES

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "configs").glob("*.toml")) if path.stem not in POLICIES],
    ids=lambda path: path.stem,
)
def test_every_file_in_configs_holds_known_keys_that_take_effect(path: Path) -> None:
    stated = tomllib.loads(path.read_text("utf-8"))
    assert stated
    config = read_config(path.stem if path.stem in PRESETS else str(path)).model_dump(mode="json")
    for section, values in stated.items():
        assert {key: config[section][key] for key in values} == values


def test_presets_are_the_files_and_ordered_by_cost() -> None:
    assert {path.stem for path in (ROOT / "configs").glob("*.toml")} >= set(PRESETS)
    views = [read_config(name).synthesis.views for name in PRESETS]
    assert views == sorted(set(views))


def test_the_standard_preset_states_the_defaults() -> None:
    assert read_config() == Config()
    assert preset_path("standard") == ROOT / "configs" / "standard.toml"


def test_overrides_change_only_what_they_name() -> None:
    quick = read_config("quick")
    changed = read_config("quick", ["synthesis.views=7", "checks.outlier_z=2"])
    assert (changed.synthesis.views, changed.checks) == (7, {"outlier_z": 2.0})
    assert changed.synthesis.restarts == quick.synthesis.restarts
    assert changed.unconstrained == quick.unconstrained


@pytest.mark.parametrize(
    "text, value",
    [
        ("synthesis.objective=margin", "margin"),
        ('synthesis.objective="margin"', "margin"),
        (" synthesis.objective = margin ", "margin"),
    ],
)
def test_bare_words_are_strings(text: str, value: str) -> None:
    assert read_config("quick", [text]).synthesis.objective == value


def test_toml_values() -> None:
    config = read_config("quick", ["synthesis.crop=[0.4, 0.6]", "synthesis.flip=false"])
    assert config.synthesis.crop == (0.4, 0.6)
    assert config.synthesis.flip is False


def test_who_wins(tmp_path: Path) -> None:
    """Preset, then file, then keyword, then --set: the last of them."""
    path = tmp_path / "mine.toml"
    path.write_text('preset = "quick"\nseed = 1\n[synthesis]\nviews = 50\n')
    config = read_config(str(path))
    assert (config.seed, config.synthesis.views) == (1, 50)
    assert config.synthesis.restarts == read_config("quick").synthesis.restarts != Config().synthesis.restarts
    assert config.unconstrained == read_config("quick").unconstrained
    assert read_config(str(path), seed=2, device=None).seed == 2
    assert read_config(str(path), ["seed=3"], seed=2).seed == 3
    assert read_config(str(path), ["seed=3", "seed=4"]).seed == 4


def test_a_file_without_preset_starts_from_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[unconstrained]\nclasses = 3\n")
    expected = Config().model_dump()
    expected["unconstrained"]["classes"] = 3
    assert read_config(str(path)).model_dump() == expected


@pytest.mark.parametrize(
    "content, message",
    [
        ("[synthesis", "expected TOML.*line"),
        ("seed = 1\nseed = 2\n", "expected TOML"),
        ('preset = "qick"\n', "unknown preset 'qick'.*did you mean 'quick'"),
        ("preset = 5\n", "unknown preset 5"),
        ("preset = ['quick']\n", "unknown preset"),
        ("synthesis = 3\n", "synthesis: "),
        ("[synthesis.views]\nx = 1\n", r"synthesis\.views: "),
        ("[checks]\noutlier_z = '1'\n", r"checks\.outlier_z: .*number, got '1'"),
        ("[checks]\noutlier_z = true\n", r"checks\.outlier_z: .*number, got True"),
        ("seeds = 1\n", "did you mean 'seed'"),
        ("qqqqqq = 1\n", "unknown configuration key 'qqqqqq'. Fix: known keys here: seed, [^;]*$"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message):
        read_config(str(path))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.toml").mkdir()
    for name in ("mine.toml", "folder.toml", "none.toml"):
        with pytest.raises(ConfigError, match="cannot read the configuration"):
            read_config(str(tmp_path / name))


@pytest.mark.parametrize("text", ["synthesis.rate=nan", "synthesis.rate=inf", "checks.outlier_z=inf"])
def test_numbers_are_finite(text: str) -> None:
    with pytest.raises(ConfigError):
        read_config("quick", [text])


@pytest.mark.parametrize("crop", ["[0, 1]", "[0.5, 1.5]", "[0.9, 0.5]", "[0.5]", "0.5"])
def test_crop_is_a_range(crop: str) -> None:
    with pytest.raises(ConfigError, match=r"synthesis\.crop"):
        read_config("quick", [f"synthesis.crop={crop}"])


def test_what_a_run_records_is_read_back() -> None:
    config = read_config("quick", ["synthesis.crop=[0.4, 0.6]", "seed=3"])
    assert read_config_values(config.model_dump(mode="json")) == config


def test_every_setting_has_a_default_and_can_be_set() -> None:
    def leaves(model: BaseModel, prefix: str = "") -> list[str]:
        return [
            leaf
            for key, value in model
            for leaf in (
                leaves(value, f"{prefix}{key}.") if isinstance(value, BaseModel) else [f"{prefix}{key}"]
            )
        ]

    found = leaves(Config())
    assert len(found) > 20
    for key in found:
        value: object = Config()
        for part in key.split("."):
            value = getattr(value, part)
        text = str(list(value)) if isinstance(value, tuple) else str(value).lower()
        assert read_config("standard", [f"{key}={text}"]) == Config(), key


def test_the_wheel_holds_all_that_a_run_needs(tmp_path: Path) -> None:
    """What files it holds; `benchmarks/wheel.sh` installs it in an empty environment and audits there."""
    if which("uv") is None:
        pytest.skip("uv is not on the path")
    build = ["uv", "build", "--wheel", "--offline", "--quiet", "--out-dir", str(tmp_path), str(ROOT)]
    done = run(build, stdin=DEVNULL, capture_output=True, text=True)
    if "network was disabled" in done.stderr:
        pytest.skip("the build backend is not in uv's cache")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for name in (*PRESETS, *POLICIES):
            packed = archive.read(f"audit/configs/{name}.toml")
            assert packed == (ROOT / "configs" / f"{name}.toml").read_bytes()
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "audit").rglob("*")
        if path.is_file() and path.suffix in (".py", ".json", ".safetensors", ".j2", ".css", ".js")
    }
    assert {"audit/report/templates/index.html.j2", "audit/image_stats/baselines/32x32.json"} <= here
    assert here <= names
    assert {name.split("/")[0] for name in names} == {
        "audit",
        next(n.split("/")[0] for n in names if "dist-info" in n),
    }

"""The code in the documentation runs as it stands there."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import tiny
import torch
from safetensors.torch import save_file

import audit
from audit.attacks import ATTACKS
from audit.checks import CHECKS
from audit.classifier.loaders import LOADERS
from audit.finished import Audit
from audit.records import Table
from audit.stages import STAGES

TEXT = (Path(__file__).parent.parent / "docs" / "extending.md").read_text("utf-8")
CHECK, LOADER, ATTACK, STAGE = re.findall(r"^```python\n(.*?)^```", TEXT, re.S | re.M)
SMALL = ("robustness.images=0", "unconstrained.classes=2", "synthesis.restarts=1")


def module(name: str, code: str) -> ModuleType:
    made = ModuleType(name)
    exec(compile(code, name, "exec"), made.__dict__)
    return made


def in_code(block: str) -> int:
    """Lines that are neither empty nor the text above the code."""
    return sum(bool(line.strip()) for line in block.splitlines())


@pytest.mark.parametrize("block", [CHECK, LOADER, ATTACK, STAGE])
def test_each_is_short(block: str) -> None:
    assert in_code(block) < 30


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    loader = LOADERS.register(module("zoo", LOADER).LOADER)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "zoo").mkdir()
    weights = torch.randn(4, 3 * 32 * 32, generator=torch.Generator().manual_seed(0)) / 20
    save_file({"1.weight": weights, "1.bias": torch.zeros(4)}, tmp_path / "zoo" / "linear.safetensors")
    yield tmp_path
    LOADERS.unregister(loader.name)


def test_the_loader_is_audited(zoo: Path) -> None:
    done = tiny.audit_tiny("zoo:linear", zoo / "run", *SMALL)
    assert [label.name for label in done.results.model.classes] == [f"class {i}" for i in range(4)]
    assert done.results.model.input.height == 32
    assert all(entry.pictures for entry in done.results.classes)


def test_the_loader_names_a_file_that_is_not_there(zoo: Path) -> None:
    with pytest.raises(audit.errors.ModelError, match=r"no such network.*look into the folder zoo"):
        audit.run("zoo:square")


def answer(model: str, out: Path, limit: float) -> tuple[Audit, str]:
    done = tiny.audit_tiny(model, out, *SMALL, f"checks.unsure_below={limit}")
    return done, next(c.outcome for c in done.results.checks if c.meta.id == "unsure-picture")


def test_the_check_judges_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = module("acme_unsure_picture", CHECK)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    CHECKS.register(made)
    try:
        model = tiny.write(tmp_path, classes=4)
        assert answer(model, tmp_path / "run", 0.0)[1] == "passed"
        done, outcome = answer(model, tmp_path / "run", 1.0)
        assert outcome == "flagged"
        assert "Unsure of its own picture" in done.page.read_text()
    finally:
        CHECKS.unregister("unsure-picture")


def test_the_attack_and_the_stage_are_part_of_a_run(tmp_path: Path) -> None:
    attack = ATTACKS.register(module("random_signs", ATTACK).RandomSigns())
    stage = STAGES.register(module("dim", STAGE).STAGE)
    names = 'robustness.attacks=["minimum-norm-pgd", "random-signs"]'
    try:
        done = tiny.audit_tiny(
            tiny.write(tmp_path, seed=2), tmp_path / "run", *SMALL[1:], "robustness.steps=4", names
        )
    finally:
        ATTACKS.unregister(attack.name)
        STAGES.unregister(stage.name)
    seen = done.results.robustness
    assert seen is not None
    assert [(each.attack, each.error, each.left_ball) for each in seen.attacks] == [
        ("minimum-norm-pgd", None, 0),
        ("random-signs", None, 0),
    ]
    assert seen.attacks[1].images == seen.correct > 0
    assert seen.attacks[1].flipped_within[-1].flipped.k <= seen.attacks[0].flipped_within[-1].flipped.k
    (table,) = done.results.details["dim"].blocks
    natural = [(c.label.name, p) for c in done.results.classes for p in c.pictures if p.prior == "natural"]
    chosen = {name: picture.probability for name, picture in natural if picture.chosen}
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == sorted(chosen, key=lambda name: chosen[name])[:2]
    page = done.page.read_text()
    assert "random-signs" in page
    assert '<section id="details-dim"' in page


def test_the_metadata_is_toml_and_names_groups_that_there_are() -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```", TEXT, re.S | re.M)
    named = tomllib.loads(block)["project"]["entry-points"]
    assert set(named) < set(re.findall(r"\| `(audit\.\w+)` \|", TEXT))


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"`(audit/[\w/.]+)`", TEXT)
    assert named
    assert [path for path in named if not (Path(__file__).parent.parent / path).exists()] == []

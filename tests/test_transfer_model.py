"""Audits with a second network: it says something of the pictures, and changes none."""

import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import tiny

from audit.api import plan

QUICK = ("robustness.images=0",)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A network, two judges, a run with the first and one without."""
    folder = tmp_path_factory.mktemp("judged")
    model, transfer_model, other = (
        tiny.write(folder, seed=seed, size=size) for seed, size in ((1, 32), (2, 24), (3, 32))
    )
    plain = tiny.audit_tiny(model, folder / "plain", *QUICK)
    judged = tiny.audit_tiny(model, folder / "judged", *QUICK, transfer_model=transfer_model)
    return SimpleNamespace(
        model=model, transfer_model=transfer_model, other=other, plain=plain, judged=judged
    )


def pictures(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in (out / "images").rglob("*.png")}


def test_the_judge_changes_no_picture_and_no_choice(made: SimpleNamespace) -> None:
    before, after = pictures(made.plain.folder), pictures(made.judged.folder)
    assert before == after
    assert len(before) == 20
    for plain, judged in zip(made.plain.results.classes, made.judged.results.classes, strict=True):
        assert judged.pictures == plain.pictures, "chosen is one of their fields"
        assert judged.transfer.keys() == {p.file for p in plain.pictures}
        assert (plain.transfer, plain.transfer_diversity) == ({}, None)
    assert made.plain.results.checks == made.judged.results.checks


def test_figures_count_the_chosen_pictures(made: SimpleNamespace) -> None:
    results = made.judged.results
    for prior, found, n in (
        ("natural", results.transfer_model.natural, 6),
        ("none", results.transfer_model.unconstrained, 4),
    ):
        chosen = [
            c.transfer[p.file] for c in results.classes for p in c.pictures if p.chosen and p.prior == prior
        ]
        assert found.top1.n == found.top5.n == len(chosen) == n
        assert found.top1.k == sum(answer.rank == 1 for answer in chosen)
        assert found.top5.k == sum(answer.rank <= 5 for answer in chosen)
        assert found.probability == pytest.approx(sum(answer.probability for answer in chosen) / n)
    assert results.transfer_model.photographs is None
    assert all(c.transfer_diversity.value >= 0 for c in results.classes)


def test_frames_and_table_have_columns_of_the_judge(made: SimpleNamespace) -> None:
    results = made.judged.results
    table = pd.read_csv(made.judged.folder / "classes.csv").set_index("index")
    for entry in results.classes:
        shot = next(p for p in entry.pictures if p.chosen and p.prior == "natural")
        answer, index = entry.transfer[shot.file], entry.label.index
        name = results.transfer_model.model.classes[answer.top[0].class_index].name
        for row in (table.loc[index], made.judged.classes.loc[index], made.judged.pictures.loc[shot.file]):
            assert (row["transfer_rank"], row["transfer_answer"]) == (answer.rank, name)
            assert row["transfer_probability"] == pytest.approx(answer.probability)
        assert table.loc[index, "transfer_diversity"] == pytest.approx(entry.transfer_diversity.value)
        assert table.loc[index, "diversity"] == pytest.approx(1 - entry.agreement)
    without = pd.read_csv(made.plain.folder / "classes.csv")
    assert not [name for name in [*without.columns, *made.plain.pictures.columns] if "transfer_model" in name]


def test_a_run_without_judge_says_nothing_of_it(made: SimpleNamespace) -> None:
    assert "Transfer model" in made.judged.page.read_text()
    assert "econd network" not in made.plain.page.read_text().replace("`second network ${", "")
    assert 'id="transfer"' not in made.plain.page.read_text()


def test_resuming_adding_and_changing_the_judge(
    made: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(made.plain.folder, tmp_path / "run"))
    noted: list[Any] = tiny.noting(monkeypatch)

    def stages(transfer_model: str | None) -> set[str]:
        noted.clear()
        tiny.audit_tiny(made.model, out, *QUICK, transfer_model=transfer_model)
        return {stage for stage, _ in noted}

    assert stages(made.transfer_model) == {"transfer"}
    assert stages(made.transfer_model) == set()
    assert tiny.comparable(out) == tiny.comparable(made.judged.folder)
    assert stages(made.other) == {"transfer"}
    assert stages(made.transfer_model) == set(), "the first transfer model's records are still there"
    assert stages(None) == set()
    assert tiny.comparable(out) == tiny.comparable(made.plain.folder)


def test_the_page_is_rebuilt_without_the_judge(made: SimpleNamespace, tmp_path: Path) -> None:
    out = Path(shutil.copytree(made.judged.folder, tmp_path / "run"))
    (out / "index.html").unlink()
    hidden = Path(made.transfer_model.rpartition(":")[0])
    moved = hidden.rename(tmp_path / "gone.py")
    try:
        assert tiny.command("report", str(out)) == 0
    finally:
        moved.rename(hidden)
    assert 'id="transfer"' in (out / "index.html").read_text()
    assert tiny.comparable(out)["transfer_model"] == tiny.comparable(made.judged.folder)["transfer_model"]


def test_a_plan_counts_the_judges_passes(made: SimpleNamespace, tmp_path: Path) -> None:
    settings = (*tiny.SETTINGS, *QUICK)
    ahead = plan(made.model, set=settings, out=tmp_path / "run", transfer_model=made.transfer_model)
    (stage,) = [stage for stage in ahead.stages if stage.name == "transfer"]
    spent = [s.views for s in made.judged.results.run.stages if s.name == "transfer"]
    assert stage.views == pytest.approx(spent[0])
    assert stage.seconds > 0
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "transfer_model, said",
    [
        ("nothing.toml", "nothing.toml: cannot read the transfer model"),
        ("nothing.py:make", "transfer model nothing.py:make, nothing.py: no such file"),
        ("resnet", "transfer model resnet: unknown kind of model 'resnet'"),
    ],
)
def test_a_judge_that_cannot_be_loaded_stops_before_anything_is_written(
    made: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str], transfer_model: str, said: str
) -> None:
    out = tmp_path / "run"
    assert (
        tiny.command("run", made.model, *tiny.flags(), "--transfer-model", transfer_model, "--out", str(out))
        == 2
    )
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.assets
def test_the_figure_is_that_of_another_program(assets: Path, tmp_path: Path) -> None:
    """MobileNetV2 judged by MobileNetV1: ranks and probabilities as `tools/judge.py` finds them."""
    zoo = assets / "zoo"
    toml = tmp_path / "judge.toml"
    toml.write_text(
        f'model = "{zoo}/mobilenet.py:imagenet_v1"\nclasses = "{zoo}/imagenet_class_index.json"\n'
        "input_size = 192\nresize = 219\nmean = 0.5\nstd = 0.5\n"
    )
    audit = tiny.audit_tiny(
        f"{zoo}/mobilenet.py:imagenet_v2", tmp_path / "run", "unconstrained.classes=0", *QUICK,
        "synthesis.restarts=1", "synthesis.views=12", only=["1,22,953"], transfer_model=toml,
        classes=zoo / "imagenet_class_index.json", input_size=224, resize=256, mean=0.5, std=0.5,
    )  # fmt: skip
    answers = {file: answer for c in audit.results.classes for file, answer in c.transfer.items()}
    assert len(answers) == 3
    theirs = runpy.run_path(str(assets / "tools" / "judge.py"))["judge"]
    rows = theirs([audit.folder / file for file in answers], "imagenet_v1")
    for answer, (_, top1, top5, probability) in zip(answers.values(), rows, strict=True):
        assert (answer.rank == 1, answer.rank <= 5) == (top1, top5)
        assert answer.probability == pytest.approx(probability, rel=1e-3, abs=1e-6)

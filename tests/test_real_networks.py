"""The whole chain on networks that others trained."""

from pathlib import Path

import pytest

from audit.api import Audit, run


def audited(assets: Path, factory: str, out: Path, seed: int) -> Audit:
    """The preset `quick`, with only a glance at the natural prior: the margins come from pictures without."""
    zoo = assets / "zoo"
    return run(
        f"{zoo}/cifar.py:{factory}",
        classes=zoo / "cifar10_classes.txt",
        input_size=32,
        mean=0.0,
        std=1.0,
        preset="quick",
        set=["synthesis.views=4", "probes.photographs=0"],
        seed=seed,
        out=out,
    )


@pytest.mark.assets
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_target_of_a_backdoor_has_the_largest_margin(assets: Path, tmp_path: Path, seed: int) -> None:
    audit = audited(assets, "backdoored", tmp_path / "run", seed)
    (check,) = [c for c in audit.results.checks if c.meta.id == "margin-outlier"]
    assert audit.results.model.classes[check.ranking[0].class_index].name == "airplane"
    assert check.ranking[0].value > 3
    assert (check.outcome, check.gates) == ("inconclusive", False)


@pytest.mark.assets
def test_an_ordinary_network_has_no_such_class(assets: Path, tmp_path: Path) -> None:
    audit = audited(assets, "resnet20", tmp_path / "run", 0)
    (check,) = [c for c in audit.results.checks if c.meta.id == "margin-outlier"]
    assert check.ranking[0].value < 3
    assert check.findings == []

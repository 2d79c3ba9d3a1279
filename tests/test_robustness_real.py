"""Networks that others trained, one of them against such attacks."""

import warnings
import zipfile
from pathlib import Path

import pytest
import torch

from audit.api import Audit, run
from audit.attacks import MinimumNormPGD, attack_images
from audit.classifier import load
from audit.config import RobustnessConfig
from audit.photos import read, scan

PER_CLASS = 6


@pytest.fixture(scope="module")
def photographs(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first photographs of each CIFAR-10 class."""
    folder = tmp_path_factory.mktemp("cifar10")
    names = (assets / "zoo" / "cifar10_classes.txt").read_text().split()
    with zipfile.ZipFile(assets / "images" / "cifar10_test.zip") as archive:
        for name in names:
            own = sorted(n for n in archive.namelist() if n.endswith(".jpg") and f"{name}/" in n)
            for member in own[:PER_CLASS]:
                archive.extract(member, folder)
    return folder


def audited(assets: Path, factory: str, photographs: Path, out: Path) -> Audit:
    """The preset `quick`, with only a glance at pictures."""
    zoo = assets / "zoo"
    return run(
        f"{zoo}/cifar.py:{factory}",
        classes=zoo / "cifar10_classes.txt",
        input_size=32,
        mean=0.0,
        std=1.0,
        preset="quick",
        set=["synthesis.views=4", "unconstrained.classes=0", "probes.photographs=0"],
        images=photographs,
        out=out,
    )


@pytest.mark.assets
def test_an_ordinary_network_is_flagged_and_a_hardened_one_is_not(
    assets: Path, photographs: Path, tmp_path: Path
) -> None:
    judged = {}
    for factory in ("resnet20", "robust"):
        results = audited(assets, factory, photographs, tmp_path / factory).results
        (check,) = [c for c in results.checks if c.meta.id == "adversarial-robustness"]
        judged[factory] = (check.outcome, results.robustness)
        for example in results.robustness.examples:
            assert (tmp_path / factory / example.file).is_file()
            assert (tmp_path / factory / example.original).is_file()
    assert judged["resnet20"][0] == "flagged"
    assert judged["robust"][0] == "passed"
    ordinary, hardened = (judged[name][1] for name in ("resnet20", "robust"))
    assert ordinary.flipped_within[0].flipped.value > 0.85
    assert hardened.flipped_within[0].flipped.value < 0.25
    assert ordinary.median_distance < 1 / 255 < 3 / 255 < hardened.median_distance
    assert (ordinary.zero_gradient, hardened.zero_gradient) == (0, 0)


@pytest.mark.assets
def test_no_weaker_than_foolbox_on_a_hardened_network(assets: Path, photographs: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # foolbox imports what scipy will remove
        import foolbox
    zoo = assets / "zoo"
    model = load(
        f"{zoo}/cifar.py:robust", classes=zoo / "cifar10_classes.txt", input_size=32, mean=0.0, std=1.0
    )
    photos = scan(photographs, model.classes, limit=1000, seed=0, baseline=None)
    images = read(photos.entries, model.input).images
    labels = torch.tensor([entry.label for entry in photos.entries])
    with torch.no_grad():
        right = model.logits(images).argmax(1) == labels
    images, labels = images[right], labels[right]
    config = RobustnessConfig()
    outcomes = attack_images(
        MinimumNormPGD(), model, images, labels.tolist(), range(len(labels)), config, seed=0
    )
    found = [min((c.epsilon for c in o.candidates), default=float("inf")) for o in outcomes]
    theirs = foolbox.PyTorchModel(model.module, bounds=(0, 1), device="cpu")
    torch.manual_seed(0)
    pgd = foolbox.attacks.LinfPGD(steps=config.steps, rel_stepsize=2.5 / config.steps)
    for level in config.epsilons:
        flipped = int(pgd(theirs, images, labels, epsilons=level / 255)[2].sum())
        assert sum(own <= level for own in found) >= flipped, level

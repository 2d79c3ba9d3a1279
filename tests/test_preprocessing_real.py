"""Wrong ways of preprocessing and class lists of networks that others trained are found, and right ones left
alone."""

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.checks import CHECKS, effective
from audit.classifier import Classifier, load
from audit.config import read_config
from audit.photos import scan
from audit.records import CheckResult, Preprocessing, Results
from audit.stages import Context
from audit.stages.preprocessing.preprocessing_search import Search
from audit.stages.preprocessing.preprocessing_stage import PreprocessingStage
from audit.synthesis.memory import reuse_memory


def judged(classifier: Classifier, folder: Path, count: int) -> CheckResult:
    reuse_memory()  # as runs do
    photos = scan(folder, classifier.classes, limit=5000, seed=0, baseline=None)
    config = read_config("quick", [f"preprocessing.photographs={count}"])
    context = Context(classifier, config, None, None, (), Path("RUN"), photos)  # type: ignore[arg-type]
    (unit,) = PreprocessingStage().units(context)
    body = PreprocessingStage().compute(unit, context, [], lambda views: None).body
    tried = Results.model_construct(model=classifier.info(), preprocessing=body.trials)  # type: ignore[union-attr]
    return CHECKS["preprocessing"].evaluate(tried, effective({}))


@pytest.fixture(scope="module")
def cifar(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cifar")
    with zipfile.ZipFile(assets / "images" / "cifar10_test.zip") as archive:
        archive.extractall(folder, archive.namelist()[::25])
    return folder


def resnet20(assets: Path, classes: list[str] | None = None) -> Classifier:
    zoo = assets / "zoo"
    listed = classes or (zoo / "cifar10_classes.txt").read_text().split()
    path: dict[str, Any] = {"input_size": 32, "resize": "none", "mean": 0.0, "std": 1.0}
    return load(f"{zoo}/cifar.py:resnet20", classes=listed, **path)


@pytest.mark.assets
def test_the_right_path_passes(assets: Path, cifar: Path) -> None:
    result = judged(resnet20(assets), cifar, 100)
    assert (result.outcome, result.findings) == ("passed", [])


@pytest.mark.assets
def test_a_shuffled_class_list_is_found(assets: Path, cifar: Path) -> None:
    right = [c.full for c in resnet20(assets).classes]
    result = judged(resnet20(assets, random.Random(0).sample(right, 10)), cifar, 100)
    assert result.outcome == "flagged"
    assert result.findings[0].next_step == "Add to the command: --classes RUN/classes-that-fit.txt"


@pytest.fixture(scope="module")
def mobilenet(assets: Path) -> Iterator[Classifier]:
    """MobileNetV2; the tests ask about the same photographs, so its answers on a path are computed once."""
    zoo = assets / "zoo"
    known: dict[str, Any] = {}
    asked = Search._probabilities  # pyright: ignore[reportPrivateUsage]

    def once(search: Search, path: Preprocessing) -> Any:
        key = json.dumps(path.settings())
        if key not in known:
            known[key] = asked(search, path)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Search, "_probabilities", once)
        yield load(
            f"{zoo}/mobilenet.py:imagenet_v2",
            classes=zoo / "imagenet_class_index.json",
            input_size=224,
            resize=256,
            mean=0.5,
            std=0.5,
        )


@pytest.mark.assets
@pytest.mark.parametrize(
    "given, flags",
    [
        (
            {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
            "--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5",
        ),
        # The wrong order alone: other changes that get as many right are not advised.
        ({"order": "bgr"}, "--channel-order rgb"),
    ],
)
def test_a_wrong_path_is_found(
    assets: Path, mobilenet: Classifier, given: dict[str, Any], flags: str
) -> None:
    network = mobilenet.seen_as(mobilenet.input.model_copy(update=given))
    result = judged(network, assets / "images" / "imagenet", 64)
    assert result.outcome == "flagged"
    assert result.findings[0].next_step == f"Add to the command: {flags}"

import pytest
import torchvision
from torchvision.models import list_models

from audit.classifier.spec import loader_of, require_findable
from audit.errors import ModelError


@pytest.mark.parametrize(
    "spec, kind",
    [
        ("demo", "demo"),
        ("demo:clean", "demo"),
        ("torchvision:resnet18@none", "torchvision"),
        ("a/b.py:make", "file"),
        ("package.module:make", "package"),
        ("weights.PT", "pickle"),
    ],
)
def test_kinds(spec: str, kind: str) -> None:
    assert loader_of(spec).name == kind


def test_every_classifier_of_torchvision_is_let_through() -> None:
    for name in list_models(module=torchvision.models):
        require_findable(f"torchvision:{name}@none")


@pytest.mark.parametrize("name", ["resnet5O", "resnet-50", "", "resnet50."])
def test_a_name_that_torchvision_does_not_have(name: str) -> None:
    with pytest.raises(ModelError, match=r"torchvision has no classifier"):
        require_findable(f"torchvision:{name}@DEFAULT")

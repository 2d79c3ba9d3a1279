"""What is audited: a network with its preprocessing, its class list and its identity."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.classifier.loading import load
    from audit.classifier.model import Classifier

__all__ = ["Classifier", "load"]


def __getattr__(name: str) -> Any:
    # Late: class lists and the names of models are read without torch.
    if name == "load":
        from audit.classifier.loading import load

        return load
    if name == "Classifier":
        from audit.classifier.model import Classifier

        return Classifier
    raise AttributeError(f"module 'audit.classifier' has no attribute {name!r}")

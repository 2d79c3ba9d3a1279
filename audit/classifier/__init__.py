"""What is audited: a network with its input path, its class list and its identity."""

from audit.classifier.loading import load
from audit.classifier.model import Classifier

__all__ = ["Classifier", "load"]

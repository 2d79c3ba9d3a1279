"""`demo` and `demo:clean`: the network of the rendered world with its planted flaws, and its clean twin."""

import importlib

from audit.classifier.candidate import Candidate, build
from audit.classifier.spec import require_demo

FACTORIES = {"demo": "network", "demo:clean": "clean_twin"}


def load_demo(spec: str) -> Candidate:
    """ModelError where the demo has no such network."""
    require_demo(spec)
    # By name: the classifier layer stands below the one that makes the demo.
    demo = importlib.import_module("audit.planted.demo")
    return Candidate(
        module=build(getattr(demo, FACTORIES[spec]), spec),
        name=spec,
        declared_input=demo.INPUT,
        input_source="the demo's own preprocessing",
        declared_classes=demo.CLASSES,
        classes_source="the demo's own classes",
    )

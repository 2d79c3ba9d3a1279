"""`demo` and `demo:clean`: the network of the rendered world with its planted flaws, and its clean twin."""

import importlib

from audit.classifier.candidate import Candidate, build
from audit.classifier.wording import nearest
from audit.errors import ModelError

FACTORIES = {"demo": "network", "demo:clean": "clean_twin"}


def load_demo(spec: str) -> Candidate:
    """ModelError where the demo has no such network."""
    if spec not in FACTORIES:
        raise ModelError(
            f"unknown demo network {spec!r}, expected {' or '.join(FACTORIES)}",
            fix=nearest(spec, FACTORIES) or "use demo",
        )
    # By name: the classifier layer stands below the one that makes the demo.
    demo = importlib.import_module("audit.planted.demo")
    return Candidate(
        module=build(getattr(demo, FACTORIES[spec]), spec),
        name=spec,
        declared_input=demo.INPUT,
        input_source="the demo's own input path",
        declared_classes=demo.CLASSES,
        classes_source="the demo's own classes",
    )

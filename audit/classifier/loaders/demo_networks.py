"""`demo` and `demo:clean`: the network of the rendered world with its planted flaws, and its clean twin."""

import importlib
from typing import TYPE_CHECKING

from audit.classifier.loaders.loader import Loader, Request
from audit.errors import ModelError
from audit.text import nearest

if TYPE_CHECKING:
    from audit.classifier.candidate import Candidate

FACTORIES = {"demo": "network", "demo:clean": "clean_twin"}
PLACE = 10


class DemoLoader(Loader):
    """The networks of the demo."""

    name = "demo"
    forms = tuple(FACTORIES)

    def require(self, spec: str) -> None:
        """ModelError where the demo has no such network."""
        if spec not in FACTORIES:
            raise ModelError(
                f"unknown demo network {spec!r}, expected {' or '.join(FACTORIES)}",
                fix=nearest(spec, FACTORIES) or "use demo",
            )

    def load(self, spec: str, request: Request) -> "Candidate":
        """Its weights are shipped."""
        from audit.classifier.candidate import Candidate, build

        self.require(spec)
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


LOADERS = (DemoLoader(),)

"""Audit image classifiers: draw every class, measure it against natural images, report what looks wrong.

audit.load("torchvision:resnet50@IMAGENET1K_V2")   → a proved classifier
audit.run("demo").findings                         → what was found, as a pandas frame
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.api import dream, run
    from audit.classifier import load

__all__ = ["dream", "load", "run"]


def __getattr__(name: str) -> Any:
    # Late, because torch takes seconds to import and `audit --help` should not.
    if name == "load":
        from audit.classifier import load

        return load
    if name in ("dream", "run"):
        from audit import api

        return getattr(api, name)
    raise AttributeError(f"module 'audit' has no attribute {name!r}")

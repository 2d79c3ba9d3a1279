"""Audit image classifiers: draw every class, measure it against natural images, report what looks wrong.

audit.load("torchvision:resnet50@IMAGENET1K_V2")   → a proved classifier
audit.run("demo").findings                         → what was found, as a pandas frame
audit.doctor("model.py:factory")                   → what loading proves, and would a run start?
audit.open("reports/demo")                         → a finished run
audit.check("reports/demo", policy="release")      → may it be released?
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.api import check, doctor, draw, dream, invert, load, open, plan, run
    from audit.classifier import Classifier
    from audit.errors import (
        AuditError,
        ConfigError,
        ImageError,
        IncompleteError,
        LabelError,
        ModelError,
        OutputError,
        PreprocessingError,
        UserError,
    )
    from audit.finished import Audit
    from audit.retest import probe

    __version__: str

__all__ = [
    "Audit",
    "AuditError",
    "Classifier",
    "ConfigError",
    "ImageError",
    "IncompleteError",
    "LabelError",
    "ModelError",
    "OutputError",
    "PreprocessingError",
    "UserError",
    "__version__",
    "check",
    "doctor",
    "draw",
    "dream",
    "invert",
    "load",
    "open",
    "plan",
    "probe",
    "run",
]


def __getattr__(name: str) -> Any:
    # Late, because torch takes seconds to import and `audit --help` should not.
    if name == "__version__":
        from importlib.metadata import version

        return version("classifier-audit")
    if name not in __all__:
        raise AttributeError(f"module 'audit' has no attribute {name!r}")
    home = {"Audit": "finished", "Classifier": "classifier", "probe": "retest"}.get(name)
    home = home or ("errors" if name.endswith("Error") else "api")
    return getattr(importlib.import_module(f"audit.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What a run directory belongs to, and whether a command may go on in it."""

from collections.abc import Mapping
from typing import Any

from audit.config import Config
from audit.errors import OutputError
from audit.stages import Context

VERSION = 3
LEFT_OUT: dict[str, bool | set[str]] = {
    "checks": True,
    "plugins": True,
    "robustness": {"attacks", "epsilons_l2"},
    "probes": {"families", "fitted", "fitted_classes", "suspects", "examples"},
    "parts": True,
}
"""Of the configuration."""


def describe(context: Context) -> dict[str, Any]:
    """All that must be equal for records of an earlier command to mean the same.

    The checks' limits, the chosen classes, which attacks and which changes are made and the settings of
    stages from outside are left out: changing them recomputes nothing else.
    """
    classifier, config = context.classifier, context.config
    return {
        "version": VERSION,
        "model": {
            "weights": classifier.identity.weights,
            "logits": classifier.identity.probe,
            "preprocessing": classifier.input.settings(),
            "task": classifier.task,
        },
        "configuration": config.model_dump(mode="json", exclude=LEFT_OUT),
        "natural prior": context.prior.sha256,
    }


def require_same(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> None:
    """Raise OutputError naming what differs between the folder's run and this command."""
    if old.get("version") != new["version"]:
        raise OutputError(
            "the folder holds a run of another version of audit", where=where, fix="--fresh, or another --out"
        )
    differences = list(_differences(_filled(old, new), new, ""))
    if differences:
        shown = "; ".join(differences[:4]) + ("; ..." if len(differences) > 4 else "")
        raise OutputError(
            f"the folder holds a run that differs: {shown}",
            where=where,
            fix="--fresh starts over in this folder, --out FOLDER keeps both",
        )


def _filled(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The header of a run whose version of audit had other sections of the configuration.

    A section that it did not have stood at what are its defaults now; one that is gone takes no part.
    """
    defaults = Config().model_dump(mode="json", exclude=LEFT_OUT)  # pyright: ignore[reportCallIssue]
    before, now = old.get("configuration", {}), new["configuration"]
    known = {name: before.get(name, defaults.get(name)) for name in now}
    return {**old, "configuration": known}


def _differences(old: Any, new: Any, path: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*new, *(k for k in old if k not in new)]
        return [
            line
            for key in keys
            if not (path == "" and key == "sessions")
            for line in _differences(old.get(key), new.get(key), f"{path}{' ' if path else ''}{key}")
        ]
    return [] if old == new else [f"{path} was {_short(old)}, is {_short(new)}"]


def _short(value: Any) -> str:
    text = str(value)
    return f"{text[:12]}…" if len(text) > 40 else text

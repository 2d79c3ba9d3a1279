"""Forms of the results, one writer per file; importing them imports neither templates nor tables.

Each module here ends with its `WRITERS`. A package adds one by an entry point of the group `audit.writers`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audit.errors import ConfigError
from audit.registry import Registry, modules
from audit.report.writers.writer import Writer

OTHERS = ("run.json", "units", "images")
"""What else is in the folder of a run."""


def _shipped() -> Iterator[Writer]:
    for module in modules(__name__):
        yield from getattr(module, "WRITERS", ())


def _name(writer: Any) -> str:
    missing = [part for part in ("name", "suffix", "text", "kept", "write") if not hasattr(writer, part)]
    if missing:
        raise ConfigError(
            f"expected a writer, {type(writer).__name__} has no {', '.join(missing)}",
            fix="write what audit/report/writers/writer.py says",
        )
    kept = writer.kept
    if kept is not None and (Path(kept).name != kept or kept.startswith(".") or kept in OTHERS):
        raise ConfigError(
            f"expected a plain file name, got kept = {kept!r}", fix=f"{writer.name}{writer.suffix}"
        )
    return writer.name


WRITERS: Registry[Writer] = Registry("audit.writers", _name, _shipped)


def kept() -> list[str]:
    """Names of the documents in every run's folder, the page first, so that what is removed first is seen."""
    return [writer.kept for writer in WRITERS if writer.kept is not None]

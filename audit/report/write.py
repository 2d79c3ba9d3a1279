"""Writes the documents of a run."""

from pathlib import Path
from typing import Any, cast

from audit.errors import ConfigError, OutputError
from audit.files import write_whole
from audit.records import SCHEMA_VERSION, BrokenPlugin, Results
from audit.records.gate import GateResult
from audit.records.record import RecordSchema
from audit.report.writers import WRITERS
from audit.report.writers.writer import Writer
from audit.text import nearest

# The JSON Schema of `results.json`.


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) that every `results.json` of this version fulfils."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"classifier-audit results {SCHEMA_VERSION}",
        **{key: value for key, value in _schema().items() if key != "title"},
    }


def _schema() -> dict[str, Any]:
    return Results.model_json_schema(mode="serialization", schema_generator=RecordSchema)


def write_report(results: Results, run_dir: Path) -> Path:
    """Writes what every writer keeps, `index.html` among it, into the run directory; returns the page's path.

    Each file appears whole or not at all. The pictures named by `results` must lie in the run directory;
    OutputError where one is missing or the directory cannot be written. A writer from outside that breaks is
    noted in `results.run.plugins`, and its document is left out.
    """
    kept = [writer for writer in WRITERS if writer.kept is not None]
    documents: dict[str, bytes] = {}
    # Those from outside first: results.json says which of them broke.
    for writer in sorted(kept, key=lambda writer: WRITERS.shipped(writer.name)):
        assert writer.kept is not None
        try:
            documents[writer.kept] = _written(writer, results, None, run_dir)
        except OutputError:
            if WRITERS.shipped(writer.name):
                raise
            broken = BrokenPlugin(group=WRITERS.group, name=writer.name, error=WRITERS.broken[writer.name])
            if broken not in results.run.plugins:
                results.run.plugins.append(broken)
    # The page last: where it is new, all is.
    for name in sorted(documents, key=lambda name: name == "index.html"):
        write_whole(run_dir / name, documents[name])
    return run_dir / "index.html"


def writer_of(name: str, output: str) -> Writer:
    """The writer of this name; ConfigError where there is none, or where it cannot be printed."""
    if reason := WRITERS.broken.get(name):
        raise ConfigError(
            f"the writer {name} from outside is broken: {reason}",
            where="--format",
            fix="mend or uninstall the package that brings it",
        )
    if name not in WRITERS:
        names = WRITERS.names()
        raise ConfigError(
            f"unknown format {name!r}",
            where="--format",
            fix=nearest(name, names) or f"use one of {', '.join(names)}",
        )
    writer = WRITERS[name]
    if output == "-" and not writer.text:
        raise ConfigError(
            f"{name} is no text and cannot be printed",
            where="--format",
            fix=f"add --output FILE{writer.suffix}",
        )
    return writer


def written(name: str, results: Results, gate: GateResult | None, run_dir: Path) -> bytes:
    """The results in a form; OutputError where a writer from outside breaks."""
    return _written(writer_of(name, ""), results, gate, run_dir)


def _written(writer: Writer, results: Results, gate: GateResult | None, run_dir: Path) -> bytes:
    try:
        data = cast(object, writer.write(results, gate, run_dir))
        if not isinstance(data, bytes):
            raise TypeError(f"expected bytes, got {type(data).__name__}")
        return data
    except Exception as error:
        if WRITERS.shipped(writer.name):
            raise
        WRITERS.blame(writer.name, error)
        raise OutputError(
            f"the writer {writer.name} from outside raised {WRITERS.broken[writer.name]}",
            fix="mend or uninstall the package that brings it",
        ) from error

"""Writes the documents of a run."""

from pathlib import Path
from typing import Any

from audit.files import write_whole
from audit.records import SCHEMA_VERSION, Results
from audit.records.record import RecordSchema
from audit.report.embedded import blocks, shown, with_pictures
from audit.report.page import render
from audit.report.table import classes_csv
from audit.report.thumbnails import Thumbnails
from audit.report.view import View, wanted

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


PAGE = 23 * 2**20
"""Bytes that the page may have; pictures get what the rest leaves."""
PICTURES = 2 * 2**20
"""Bytes that pictures get in any case."""
BLOCKS = "<!-- pictures -->"
"""Where the page's other pictures go. A label cannot hold this text: it would be escaped."""


def write_report(results: Results, run_dir: Path) -> Path:
    """Writes `results.json`, `classes.csv` and `index.html` into the run directory; returns the page's path.

    Each file appears whole or not at all. The pictures named by `results` must lie in the run directory;
    OutputError where one is missing or the directory cannot be written.
    """
    thumbnails = Thumbnails(run_dir, wanted(results))
    table = classes_csv(results)
    text = f"{results.model_dump_json(indent=1)}\n"
    html = render(View(results, thumbnails), text, table)
    pictures = thumbnails.encode(max(PICTURES, PAGE - len(html.encode())))
    page = with_pictures(html, pictures).replace(BLOCKS, blocks(pictures, shown(html)))
    write_whole(run_dir / "results.json", text.encode())
    write_whole(run_dir / "classes.csv", table.encode())
    write_whole(run_dir / "index.html", page.encode())
    return run_dir / "index.html"

"""Writes the documents of a run."""

import os
import tempfile
from pathlib import Path

from audit.errors import OutputError
from audit.report.page import render
from audit.report.table import classes_csv
from audit.report.thumbnails import Thumbnails
from audit.report.view import View, wanted
from audit.results import Results


def write_report(results: Results, run_dir: Path) -> Path:
    """Writes `results.json`, `classes.csv` and `index.html` into the run directory; returns the page's path.

    Each file appears whole or not at all. The pictures named by `results` must lie in the run directory;
    OutputError where one is missing or the directory cannot be written.
    """
    page = render(View(results, Thumbnails(run_dir, wanted(results))))
    _replace(run_dir / "results.json", results.model_dump_json(indent=1) + "\n")
    _replace(run_dir / "classes.csv", classes_csv(results))
    return _replace(run_dir / "index.html", page)


def _replace(path: Path, content: str) -> Path:
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OutputError(
            f"cannot write: {error.strerror}", where=str(path.parent), fix="choose another folder with --out"
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise OutputError(
            f"cannot write: {error.strerror}", where=str(path), fix="free the disk or choose --out"
        ) from error
    return path

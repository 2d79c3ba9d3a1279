"""Writes the documents of a run."""

from pathlib import Path

from audit.report.page import render
from audit.report.table import classes_csv
from audit.report.thumbnails import Thumbnails
from audit.report.view import View, wanted
from audit.results import Results
from audit.results.files import write_whole


def write_report(results: Results, run_dir: Path) -> Path:
    """Writes `results.json`, `classes.csv` and `index.html` into the run directory; returns the page's path.

    Each file appears whole or not at all. The pictures named by `results` must lie in the run directory;
    OutputError where one is missing or the directory cannot be written.
    """
    page = render(View(results, Thumbnails(run_dir, wanted(results))))
    write_whole(run_dir / "results.json", f"{results.model_dump_json(indent=1)}\n".encode())
    write_whole(run_dir / "classes.csv", classes_csv(results).encode())
    write_whole(run_dir / "index.html", page.encode())
    return run_dir / "index.html"

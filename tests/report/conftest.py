"""A made-up run, with pictures, for the report's tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import large_results as _large
import page_reader as _reader
import pytest
import sample_results as _sample
from once import once

from audit.records import Results
from audit.report import write_report

SIDE = 128
"""Of these classes' pictures, in pixels; the page shows them no larger."""


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Results]:
    """`make_run(run_dir, ...)` writes pictures into a folder and returns the results that name them."""
    return _sample.make


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Any]:
    """HTML → elements, ids and visible words."""
    return _reader.parse


@pytest.fixture(scope="session")
def hostile() -> tuple[str, ...]:
    """Labels that try to leave the text."""
    return _sample.HOSTILE


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    """A dozen classes in every state and the folder with their report; read only."""
    folder = tmp_path_factory.mktemp("run")
    results = _sample.make(folder, photographs=6)
    write_report(results, folder)
    return results, folder


@pytest.fixture(scope="session")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    """Results of a thousand classes with photographs, and the folder with their report; read only."""
    return _large_run(tmp_path_factory, 1000)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    """The same of fewer classes, yet more than a screen shows: for all that does not hang on their number."""
    return _large_run(tmp_path_factory, 240)


def _large_run(factory: pytest.TempPathFactory, count: int) -> tuple[Results, Path]:
    def make(folder: Path) -> None:
        results = _large.make(folder, _sample.make, side=SIDE, count=count)
        (folder / "made.json").write_text(results.model_dump_json())
        write_report(results, folder)

    folder = once(factory, f"classes-{count}", make)
    return Results.model_validate_json((folder / "made.json").read_bytes()), folder


@pytest.fixture(scope="session")
def html(run: tuple[Results, Path]) -> str:
    """The page of `run`."""
    return (run[1] / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(html: str) -> Any:
    """The parsed page of `run`."""
    return _reader.parse(html)


@pytest.fixture(scope="session")
def sections(html: str) -> dict[int, Any]:
    """The packed section of every class, unpacked and parsed."""
    return {index: _reader.parse(section) for index, section in _reader.sections(html).items()}


@pytest.fixture(scope="session")
def unpack() -> Callable[[str, str], str]:
    """HTML and the id of a packed block → its text."""
    return _reader.unpack

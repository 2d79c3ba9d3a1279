"""A made-up run, with pictures, for the report's tests."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from audit.report import write_report
from audit.results import Results


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"report_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_sample, _reader = _beside("sample"), _beside("page_reader")


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

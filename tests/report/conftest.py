"""A made-up run, with pictures, for the report's tests."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.results import Results

_spec = importlib.util.spec_from_file_location("report_sample", Path(__file__).with_name("sample.py"))
assert _spec is not None
assert _spec.loader is not None
_sample = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_sample)


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Results]:
    """`make_run(run_dir, ...)` writes pictures into a folder and returns the results that name them."""
    return _sample.make


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    """Labels that try to leave the text."""
    return list(_sample.HOSTILE)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory, make_run: Callable[..., Results]) -> tuple[Results, Path]:
    """A dozen classes in every state; read only."""
    folder = tmp_path_factory.mktemp("run")
    return make_run(folder), folder

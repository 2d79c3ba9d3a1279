"""What tests of several packages share."""

import gc
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before torch is loaded, and for the processes that tests start: tiny networks gain nothing from threads, and
# lose much where the other core runs tests too.
os.environ["OMP_NUM_THREADS"] = "1"
# The many processes that tests start then find torch and this package compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real networks first: a long test that begins last leaves the other cores idle."""
    items.sort(key=lambda item: "assets" not in item.keywords)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Imports stay to the end, so the full collections that loading a network asks for may skip them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def assets() -> Path:
    """Folder of real networks and photographs; tests that need it carry the marker `assets`."""
    named = os.environ.get("AUDIT_ASSETS")
    if not named:
        pytest.skip("AUDIT_ASSETS is not set")
    folder = Path(named)
    assert folder.is_dir(), f"AUDIT_ASSETS names {folder}, which is not a folder"
    return folder


_heard: list[str] = []


def pytest_warning_recorded(warning_message: warnings.WarningMessage, nodeid: str) -> None:
    """Warnings are errors; but what the verbs of the package call runs where errors are warnings again."""
    _heard.append(f"{nodeid}: {warning_message.message}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run of tests in which a warning was given fails."""
    if _heard and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True, scope="session")
def no_null_table() -> Iterator[None]:
    """What checks of changes and margins say does not hang on the table that the package brings: a test that
    wants one says which (`trigger_run.judged_by`). Nor on the rates that were measured."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("audit.checks._null", "audit.stages.probes.suspects"):
            patch.setattr(f"{module}.shipped", lambda name="photographs": None)
        patch.setattr("audit.checks._judging.measured_rates", lambda key="", scenes=False: None)
        yield

"""One browser and reports of many classes for all tests of this folder."""

import os
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import chromium as _chromium
import large_results as _large
import pytest
import report_page as _reader

from audit.records import Results


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium. Skips where there is none, except where everything must be tested (CI)."""
    try:
        _chromium.programs()
    except _chromium.MissingError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    started = _chromium.Chromium()
    yield started
    started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def hostile_names() -> tuple[str, ...]:
    """Labels that set `window.pwned` once they leave the text."""
    return _large.HOSTILE


@pytest.fixture
def report(browser: Any, many: tuple[Results, Path]) -> Iterator[Any]:
    """The page of `many`, yet to be opened; it must request nothing and complain of nothing."""
    yield from _opened(browser, many[1] / "index.html")


@pytest.fixture
def large_report(browser: Any, thousand: tuple[Results, Path]) -> Iterator[Any]:
    """The same of `thousand`."""
    yield from _opened(browser, thousand[1] / "index.html")


@pytest.fixture
def small_report(browser: Any, run: tuple[Results, Path]) -> Iterator[Any]:
    """The same for a dozen classes that show every state a page can have."""
    yield from _opened(browser, run[1] / "index.html")


@pytest.fixture
def open_report() -> Callable[[Any, Path], Iterator[Any]]:
    """The same for any page: `yield from open_report(browser, path)`."""
    return _opened


def _opened(browser: Any, path: Path) -> Iterator[Any]:
    browser.media()
    browser.size(*_chromium.DESKTOP)
    browser.requests(), browser.complaints()
    page = _reader.ReportPage(browser, path)
    yield page
    assert [url for url in browser.requests() if url.partition("#")[0] not in page.addresses] == []
    assert browser.complaints() == []


@pytest.fixture
def measured_open() -> Callable[[Any], dict[str, float]]:
    """`measured_open(report)` opens it and searches at once; milliseconds by what they were counted to."""

    def measured(page: Any) -> dict[str, float]:
        browser = page.browser
        added = browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=_chromium.MEASURE)
        try:
            page.open()
            times = "return 'painted' in window.times ? window.times : null"
            return browser.until(lambda: browser.run(times), "an answer to the first search")
        finally:
            browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])

    return measured

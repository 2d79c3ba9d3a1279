"""How large a report of a thousand classes is, and how soon a reader can use it.

    python benchmarks/report_open.py [RUN] [--opens 5]

Without RUN, a made-up run: 1,000 classes at 224 px with two restarts, 50 also without prior, photographs,
attacks; every picture is different and compresses like a photograph. With RUN, the page of a run directory.
Every open is a new browser with an empty profile, from disk; milliseconds count from the start of the
navigation. Ready: the page says that it is interactive; searched: a search sent at that moment has filtered
the grid; painted: and the next frame is drawn. Needs Chromium and chromedriver.
"""

import argparse
import os
import re
import runpy
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSER = ROOT / "tests" / "report" / "browser"
sys.path.insert(0, str(BROWSER))

from chromium import MEASURE, Chromium  # noqa: E402
from large import make  # noqa: E402

from audit.records import Results  # noqa: E402
from audit.report import write_report  # noqa: E402

MIB = 2**20
LIMIT_CODE, LIMIT_PAGE, LIMIT_OPEN = 60_000, 25.0, 1500.0
"""Bytes of code and styles; MiB of the page; milliseconds to the first search, median."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path, nargs="?")
    parser.add_argument("--opens", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="report-") as made:
        page = args.run / "index.html" if args.run else made_up(Path(made))
        size(page)
        opens(page, args.opens)


def made_up(folder: Path) -> Path:
    began = time.perf_counter()
    small = runpy.run_path(str(BROWSER.with_name("sample.py")))["make"]
    results = make(folder, small, photographs_too=True)
    print(f"made up {len(results.classes)} classes: {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    page = write_report(results, folder)
    print(f"report written: {time.perf_counter() - began:.1f} s", flush=True)
    return page


def size(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    results = Results.model_validate_json((page.parent / "results.json").read_bytes())
    code = sum(
        len(text.encode()) for text in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", html, re.S)
    )
    pictures = sum(len(entry.pictures) for entry in results.classes)
    photographs = results.photographs.used if results.photographs else 0
    flipped = len(results.robustness.examples) if results.robustness else 0
    print(
        f"{len(results.classes)} classes, {pictures} pictures, {photographs} photographs, "
        f"{flipped} adversarial images"
    )
    mib = len(html.encode()) / MIB
    print(f"index.html: {mib:.2f} MiB (limit {LIMIT_PAGE:g}: {said(mib <= LIMIT_PAGE)})")
    print(f"code and styles: {code} bytes (limit {LIMIT_CODE}: {said(code <= LIMIT_CODE)})", flush=True)


def opens(page: Path, count: int) -> None:
    rows = [measured(page) for _ in range(count)]
    print(f"{count} cold opens, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {rows[0]['version']}")
    for key, unit in (
        ("ready", "ms"),
        ("searched", "ms"),
        ("painted", "ms"),
        ("heap", "MiB"),
        ("memory", "MiB"),
    ):
        values = [row[key] for row in rows]
        every = ", ".join(f"{value:.0f}" for value in sorted(values))
        print(f"  {key}: median {statistics.median(values):.0f} {unit} ({every})")
    middle = statistics.median(row["painted"] for row in rows)
    print(f"limit {LIMIT_OPEN:g} ms to the painted answer of the first search: {said(middle <= LIMIT_OPEN)}")


def measured(page: Path) -> dict:
    browser = Chromium(logs=False)
    try:
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=MEASURE)
        browser.open(page)
        times = browser.until(
            lambda: (t := browser.run("return window.times")).get("painted") and t, "search", 60
        )
        return {
            **times,
            "heap": browser.run("return performance.memory.usedJSHeapSize") / MIB,
            "memory": browser.memory() / MIB,
            "version": browser.version,
        }
    finally:
        browser.close()


def said(holds: bool) -> str:
    return "kept" if holds else "EXCEEDED"


if __name__ == "__main__":
    main()

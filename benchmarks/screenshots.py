"""Pictures of a report as people see it, to be looked at.

    python benchmarks/screenshots.py [RUN] [OUT] [--class N]

RUN is a run directory; without it, a made-up run of a dozen classes that shows every state of the page.
Wide (1440 px) and narrow (390 px), light and dark: the top, the grid, an open class, adversarial images and
checks; the whole page without JavaScript; the print as PDF. Needs Chromium and chromedriver.
"""

import argparse
import base64
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import sample_results  # noqa: E402
from chromium import DESKTOP, PHONE, Chromium  # noqa: E402
from report_page import ReportPage  # noqa: E402

from audit.report import write_report  # noqa: E402

PARTS = ("findings", "checks", "worst", "grid", "photographs", "preprocessing", "robustness", "provenance")
LONGEST = 12_000
"""Pixels of the tallest picture."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path, nargs="?")
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "build" / "screenshots")
    parser.add_argument(
        "--class", type=int, dest="index", help="the class to open; default: the first worst one"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="report-") as made:
        run = args.run or made_up(Path(made))
        draw(run, args.out, args.index)
    print(f"{len(list(args.out.iterdir()))} files in {args.out}")


def made_up(folder: Path) -> Path:
    write_report(sample_results.make(folder, photographs=6), folder)
    return folder


def draw(run: Path, out: Path, index: int | None) -> None:
    results = json.loads((run / "results.json").read_bytes())
    found = [index for finding in results["findings"] for index in finding["classes"]]
    if index is None:
        index = found[0] if found else results["classes"][0]["label"]["index"]
    browser = Chromium(logs=False)
    page = ReportPage(browser, run.resolve() / "index.html")
    try:
        for name, size in (("wide", DESKTOP), ("narrow", PHONE)):
            for scheme in ("light", "dark"):
                browser.size(*size)
                browser.media(prefers_color_scheme=scheme)
                everything(page, index, out, f"{name}-{scheme}", size)
        browser.media()
        browser.size(*DESKTOP)
        with browser.without_script():
            page.open(ready=False)
            for _ in range(2):  # what was never near the window has only a guessed height
                browser.size(DESKTOP[0], min(LONGEST, browser.run("return document.body.scrollHeight")))
            save(browser, out / "no-script.png")
        browser.size(*DESKTOP)
        page.open()
        printed = browser.cdp("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
        (out / "print.pdf").write_bytes(base64.b64decode(printed))
    finally:
        browser.close()


def everything(page: ReportPage, index: int, out: Path, name: str, size: tuple[int, int]) -> None:
    """Top and parts as the window shows them, the opened class to its end."""
    browser = page.browser
    page.open()
    save(browser, out / f"{name}-0-top.png")
    for place, part in enumerate(PARTS, 1):
        if browser.run("return document.getElementById(arguments[0]) === null", part):
            continue
        page.go(part)
        save(browser, out / f"{name}-{place}-{part}.png")
    page.go(f"class-{index}")
    page.wait_opened(index)
    save(browser, out / f"{name}-9-class.png")
    inner = "for (let v = document.getElementById('class-view'); v; v = v.parentElement)"
    inner += " if (v.scrollHeight > v.clientHeight + 1) return v.scrollHeight; return innerHeight"
    browser.size(size[0], min(LONGEST, browser.run(inner) + 200))
    save(browser, out / f"{name}-9-class-whole.png")
    browser.size(*size)


def save(browser: Chromium, path: Path) -> None:
    """The window as a PNG once every picture in it stands."""
    time.sleep(0.15)  # pictures near the window are attached a moment after scrolling
    browser.until(
        lambda: browser.run(
            "return [...document.images].every((image) => image.complete || !image.checkVisibility()"
            " || image.getBoundingClientRect().top > innerHeight)"
        ),
        "pictures",
    )
    shot = browser.cdp("Page.captureScreenshot", format="png")
    path.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()

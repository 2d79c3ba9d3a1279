"""Other readers: a phone, the dark, paper, no JavaScript, less motion."""

import io

import numpy as np
from PIL import Image

PHONE = (390, 844)
MOTION = """
const moving = [...document.querySelectorAll("body, body *")].slice(0, 4000).filter((node) => {
  const style = getComputedStyle(node);
  const seconds = (value) => Math.max(...value.split(",").map(parseFloat));
  return style.scrollBehavior === "smooth" || seconds(style.transitionDuration) > 0.01
    || (style.animationName !== "none" && seconds(style.animationDuration) > 0.01);
});
return [moving.length, document.getAnimations().length,
        getComputedStyle(document.documentElement).scrollBehavior];
"""
LACKING = """
const lacking = arguments[0].filter((id) => {
  const node = document.getElementById(id);
  return !node || !node.checkVisibility();
});
return lacking;
"""


def _shot(browser) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(browser.driver.get_screenshot_as_png())).convert("L"), float)


def test_a_phone_never_scrolls_sideways(report):
    browser = report.browser
    browser.size(*PHONE)
    report.open()
    widths = "return [document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]"
    assert browser.run(widths) == [390, 390, 390]
    report.browser.run("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert browser.run(widths) == [390, 390, 390], "with everything unfolded"
    report.go("class-117")
    report.wait_opened(117)
    assert browser.run(widths) == [390, 390, 390], "with a class open"
    beyond = "let v = document.getElementById('class-view'), most = 0;"
    beyond += (
        "for (; v; v = v.parentElement) most = Math.max(most, v.scrollWidth - v.clientWidth); return most"
    )
    assert browser.run(beyond) == 0, "within the class"


def test_dark_is_dark_and_light_is_light(report):
    report.open()
    for state in ("main", "grid", "class-117"):
        report.go(state)
        for scheme, holds in (("dark", lambda grey: grey < 60), ("light", lambda grey: grey > 200)):
            report.browser.media(prefers_color_scheme=scheme)
            report.browser.until(
                lambda h=holds: h(float(np.median(_shot(report.browser)))), f"{state} {scheme}"
            )


def test_paper_has_no_tools(report, many):
    report.open()
    tools = ("#filter", "#order", "#download-json", "#download-csv")
    assert [tool for tool in tools if not report.visible(tool)] == []
    report.browser.media("print")
    assert [tool for tool in tools if report.visible(tool)] == []
    assert report.visible("h1")
    assert report.visible("#checks")
    assert many[0].verdict.headline in report.browser.find("body").text


def test_without_script_the_report_can_be_read(report, many):
    results, _ = many
    browser = report.browser
    with browser.without_script():
        report.open(ready=False)
        text = browser.find("body").text
        assert results.verdict.headline in text
        assert results.run.command in text
        assert results.model.identity.weights[:12] in text
        checks = [f"check-{check.meta.id}" for check in results.checks]
        assert browser.run(LACKING, [*checks, "worst", "provenance"]) == []
        assert browser.run(LACKING, [f"class-{entry.label.index}" for entry in results.classes]) == []
        for check in results.checks:
            assert check.summary in text
        loaded = browser.run(
            "return [...document.querySelectorAll('#worst img')].map((image) => image.naturalWidth)"
        )
        assert len(loaded) >= 10
        assert all(loaded)
        rows = browser.run("return [...document.querySelectorAll('#grid tbody tr')].map((r) => r.innerText)")
        assert len(rows) == len(results.classes)
        assert all(
            " ".join(entry.label.name.split()) in " ".join(row.split())
            for entry, row in zip(results.classes, rows, strict=True)
        )
        assert browser.run(LACKING, ["filter"]) == ["filter"], "a tool that cannot work is shown"


def test_less_motion_is_no_motion(report):
    report.browser.media(prefers_reduced_motion="reduce")
    report.open()
    report.browser.click('ul.grid > li[data-index="5"] a')
    report.wait_opened(5)
    assert report.browser.run(MOTION) == [0, 0, "auto"]

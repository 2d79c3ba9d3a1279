"""WCAG: axe-core finds nothing serious or critical; light and dark, on a desk and on a phone."""

import pytest

RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => done(found.violations
    .filter((rule) => ["serious", "critical"].includes(rule.impact))
    .map((rule) => `${rule.id} x${rule.nodes.length}: ${rule.help}: ${rule.nodes[0].html.slice(0, 300)} | ${
      rule.nodes[0].failureSummary.slice(0, 300)}`)),
  (error) => done([`axe: ${error}`]));
"""


def violations(browser, axe):
    """Serious and critical violations on the page as it stands."""
    browser.run(axe)
    return browser.driver.execute_async_script(RUN)


# Every two of the three meet; what hangs on all three at once is not looked for.
@pytest.mark.parametrize(
    "state, scheme, width",
    [("", "light", 1440), ("", "dark", 390), ("class-3", "dark", 1440), ("class-3", "light", 390)],
)
def test_axe_finds_nothing_serious(small_report, axe, state, scheme, width):
    browser = small_report.browser
    browser.size(width, 900)
    browser.media(prefers_color_scheme=scheme)
    small_report.open(state)
    small_report.wait_opened(3 if state else None)
    assert violations(browser, axe) == []


def test_help_is_accessible(small_report, axe):
    small_report.open()
    small_report.browser.press("?")
    assert violations(small_report.browser, axe) == []


def test_axe_sees_what_is_wrong(small_report, axe):
    """The test above can fail: a picture without a text and pale letters are found."""
    small_report.open()
    small_report.browser.run(
        "const p = document.createElement('p'); p.textContent = 'pale'; p.style.color = '#eee';"
        "p.style.background = '#fff'; document.querySelector('main').prepend(p, new Image());"
    )
    found = " ".join(violations(small_report.browser, axe))
    assert "color-contrast" in found
    assert "image-alt" in found

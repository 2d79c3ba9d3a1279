"""What is said of pictures: the filter by it, and the line that is another than the natural prior's."""

import shutil

import pytest

from audit.records import Badge
from audit.report import write_report
from audit.report.formatting import BADGE_STYLES

STATES = list(BADGE_STYLES)


@pytest.fixture(scope="module")
def badged(run, tmp_path_factory):
    """The small run with a badge on every class but the last; its page lies in the folder."""
    results, source = run
    folder = tmp_path_factory.mktemp("badged") / "run"
    shutil.copytree(source, folder)
    indices = [entry.label.index for entry in results.classes][:-1]
    badges = {index: Badge(state=STATES[index % len(STATES)], evidence=[]) for index in indices}
    checks = [results.checks[0].model_copy(update={"badges": badges}), *results.checks[1:]]
    results = results.model_copy(update={"checks": checks})
    write_report(results, folder)
    return badges, folder


@pytest.fixture
def badged_report(browser, badged, open_report):
    yield from open_report(browser, badged[1] / "index.html")


def test_pictures_are_filtered_by_what_is_said_of_them(badged_report, badged):
    badges, _ = badged
    badged_report.open()
    for state in STATES:
        badged_report.choose("#reliability-filter", state)
        expected = [index for index, badge in badges.items() if badge.state == state]
        assert expected
        badged_report.wait_shown(expected, state)
    badged_report.open(badged_report.state)
    badged_report.wait_shown(expected, "restored from the address")


def test_the_unconstrained_spectrum_is_a_line_of_its_own(badged_report):
    badged_report.open()
    dashes = badged_report.browser.run(
        "return ['.spectrum.unconstrained', '.spectrum:not(.unconstrained)']"
        ".map((line) => getComputedStyle(document.querySelector(line)).strokeDasharray)"
    )
    assert dashes[0] != "none"
    assert dashes[1] == "none"

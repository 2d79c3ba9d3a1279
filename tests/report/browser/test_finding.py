"""Finding classes: search, order, filters, and the address that remembers them."""

import pytest


def _indices(results, holds):
    return [entry.label.index for entry in results.classes if holds(entry)]


def _found_by(results, check=None):
    return {
        index
        for finding in results.findings
        for index in finding.classes
        if check is None or finding.check == check
    }


def test_search_narrows_and_counts(report, many):
    results, _ = many
    report.open()
    fits = _indices(results, lambda entry: "heron" in entry.label.name)
    assert 0 < len(fits) < len(results.classes)
    report.search("HERON ")
    report.wait_shown(fits, "search by a word")
    assert str(len(fits)) in report.browser.find("#shown").text
    both = _indices(results, lambda entry: "heron" in entry.label.name and "jade" in entry.label.name)
    report.search("jade heron")
    report.wait_shown(both, "search by two words")
    assert str(len(both)) in report.browser.find("#shown").text
    report.search("no such class")
    report.wait_shown([], "search in vain")
    assert report.browser.find("#shown").text.strip()


def test_orders(report, many):
    results, _ = many
    report.open()
    entries = {entry.label.index: entry for entry in results.classes}
    keys = {
        "agreement": lambda entry: entry.agreement,
        "probability": lambda entry: next(
            p.probability for p in entry.pictures if p.chosen and p.prior == "natural"
        ),
        "index": lambda entry: entry.label.index,
    }
    for order, key in keys.items():
        before = report.shown
        report.choose("#order", order)
        shown = report.browser.until(lambda old=before: (now := report.shown) != old and now, order)
        assert sorted(shown) == sorted(entries)
        values = [key(entries[index]) for index in shown]
        assert values == sorted(values), order
    report.choose("#order", "name")
    report.browser.until(lambda: report.shown != sorted(entries), "name")
    names = [entries[index].label.name for index in report.shown]
    plain = [name for name in names if name[0].isalpha()]
    assert plain == sorted(plain, key=str.lower)


def test_the_worst_come_first(report, many):
    results, _ = many
    report.open()
    report.choose("#order", "worst")
    found = _found_by(results) & {entry.label.index for entry in results.classes}
    assert found
    assert set(report.shown[: len(found)]) == found


def test_filters_by_finding_and_by_check(report, many):
    results, _ = many
    report.open()
    report.browser.click("#flagged")
    report.wait_shown(sorted(_found_by(results)), "classes with findings")
    report.browser.click("#flagged")
    for check in {finding.check for finding in results.findings if finding.classes}:
        report.choose("#check-filter", check)
        report.wait_shown(sorted(_found_by(results, check)), f"classes found by {check}")
    report.choose("#check-filter", "")
    report.wait_shown(_indices(results, lambda _: True), "all classes again")


def test_the_address_remembers(report, many):
    results, _ = many
    report.open()
    report.search("heron")
    report.choose("#order", "name")
    report.wait_shown(
        [
            entry.label.index
            for entry in sorted(results.classes, key=lambda entry: entry.label.name)
            if "heron" in entry.label.name
        ],
        "search and order",
    )
    before = report.shown
    report.browser.until(lambda: "heron" in report.state and "name" in report.state, "state in the address")
    report.open(report.state)
    report.wait_shown(before, "restored from the address")
    assert report.browser.find("#filter").get_property("value") == "heron"
    assert report.browser.find("#order").get_property("value") == "name"


def test_the_address_remembers_filters(report, many):
    results, _ = many
    report.open()
    check = next(finding.check for finding in results.findings if finding.classes)
    report.choose("#check-filter", check)
    report.browser.click("#flagged")
    report.browser.until(lambda: check in report.state, "state in the address")
    report.open(report.state)
    report.wait_shown(sorted(_found_by(results, check)), "restored from the address")
    assert report.browser.find("#flagged").get_property("checked") is True


@pytest.mark.parametrize("state", ["%", "%E0%A4%A", "class-", "class-99999", "q=%00&order=none", "__proto__"])
def test_an_address_that_means_nothing_does_no_harm(report, many, state):
    report.open(state)
    report.search("heron")
    report.wait_shown(
        _indices(many[0], lambda entry: "heron" in entry.label.name), "search after a strange address"
    )

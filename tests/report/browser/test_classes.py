"""Opening classes: links, back, keys."""

import pytest
from selenium.webdriver import Keys


@pytest.fixture(scope="module")
def worst(many):
    """Indices of the classes that the page shows in full."""
    return [suspect.class_index for suspect in many[0].look_first]


def test_a_deep_link_opens_its_class(report, many, worst):
    for index in (worst[0], 117):
        report.open(f"class-{index}")
        if report.opened is None and index in worst:
            report.wait_in_view(f"#class-{index}")
        else:
            report.wait_opened(index)
            report.wait_in_view(f'#class-view [data-index="{index}"]')
            assert many[0].classes[index].label.name in report.browser.find("#class-view").text


def test_a_deep_link_shows_its_check(report, many):
    for check in (many[0].checks[0], many[0].checks[-1]):
        report.open(f"check-{check.meta.id}")
        report.wait_in_view(f"#check-{check.meta.id}")
        assert check.meta.title in report.browser.find(f"#check-{check.meta.id}").text


def test_a_click_opens_a_class_and_back_closes_it(report):
    report.open()
    report.browser.click('ul.grid > li[data-index="5"] a')
    report.wait_opened(5)
    report.browser.until(lambda: "class-5" in report.state, "class in the address")
    report.browser.run("history.back()")
    report.wait_opened(None)
    assert report.browser.driver.current_url.startswith(report.path.as_uri()), "back left the page"
    report.browser.run("history.forward()")
    report.wait_opened(5)


def test_back_keeps_the_search(report):
    report.open()
    report.search("heron")
    before = report.browser.until(lambda: len(s := report.shown) < 200 and s, "search")
    report.browser.click(f'ul.grid > li[data-index="{before[2]}"] a')
    report.wait_opened(before[2])
    report.browser.run("history.back()")
    report.wait_opened(None)
    report.wait_shown(before, "search after back")


def test_an_opened_class_shows_its_pictures(report):
    report.open("class-117")
    report.wait_opened(117)
    state = "return [...document.querySelectorAll('#class-view img')].map((image) => image.naturalWidth)"
    report.browser.until(lambda: (w := report.browser.run(state)) and len(w) >= 2 and all(w), "pictures")


def test_keys_walk_through_the_grid(report):
    report.open()
    press = report.browser.press
    press("/")
    report.browser.until(lambda: report.focused == "filter", "search field focused")
    press("heron")
    shown = report.browser.until(lambda: len(s := report.shown) < 200 and s, "search")
    report.browser.run("document.activeElement.blur()")
    press("j")
    first = report.browser.until(lambda: report.focused_tile if report.focused_tile is not None else "", "j")
    assert first == shown[0]
    press("j", "j")
    report.browser.until(lambda: report.focused_tile == shown[2], "j twice more")
    press("k")
    report.browser.until(lambda: report.focused_tile == shown[1], "k")
    press(Keys.ENTER)
    report.wait_opened(shown[1])
    press("j")
    report.wait_opened(shown[2])
    press(Keys.ESCAPE)
    report.wait_opened(None)


def test_help_opens_and_closes(report):
    report.open()
    report.browser.press("?")
    report.browser.until(lambda: report.browser.find("#help").get_property("open"), "help open")
    assert "Esc" in report.browser.find("#help").text
    report.browser.press(Keys.ESCAPE)
    report.browser.until(lambda: not report.browser.find("#help").get_property("open"), "help closed")


def test_keys_are_letters_while_typing(report):
    report.open()
    report.browser.click("#filter")
    report.browser.press("jk?/")
    assert report.browser.find("#filter").get_property("value") == "jk?/"
    assert not report.browser.find("#help").get_property("open")
    assert report.focused == "filter"
    report.wait_shown([], "nothing is called so")
    report.browser.press(Keys.ESCAPE)
    report.browser.until(
        lambda: report.focused != "filter" or not report.browser.find("#filter").get_property("value"),
        "Esc leaves or clears the field",
    )


def test_keys_of_the_browser_are_left_alone(report):
    report.open()
    report.browser.find("body").send_keys(Keys.CONTROL, "j")
    assert report.focused_tile is None
    assert report.opened is None

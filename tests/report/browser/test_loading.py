"""Opening the page: how fast, what it asks for, what it shows before anything is done."""

PICTURES = """
return [...document.querySelectorAll("ul.grid img")].filter((image) => image.naturalWidth > 0).length;
"""
DECODED = """
const [index, done] = arguments;
const image = document.querySelector(`ul.grid > li[data-index="${index}"] img`);
image.decode().then(() => done(image.naturalWidth), () => done(0));
"""
SCROLL = """
document.querySelector(`ul.grid > li[data-index="${arguments[0]}"]`).scrollIntoView({behavior: "instant"});
"""


def test_it_is_interactive_within_five_seconds(large_report, measured_open):
    times = measured_open(large_report)
    assert 0 < times["ready"] <= times["searched"] <= times["painted"] <= 5000, times


def test_hostile_labels_stay_text(report, many, hostile_names):
    results, _ = many
    browser = report.browser
    places = [label.index for label in results.model.classes if label.name in hostile_names]
    assert len(places) == len(hostile_names)
    report.open(f"class-{places[-1]}")
    for index in places:
        report.go(f"class-{index}")
        report.wait_opened(index)
        assert results.model.classes[index].name in report.browser.find("#class-view").text
        assert browser.run("return typeof window.pwned") == "undefined", results.model.classes[index].name
    report.go("grid")
    report.wait_opened(None)
    for index in places:
        report.search(results.model.classes[index].name.split()[0])
        tile = browser.find(f'ul.grid > li[data-index="{index}"]')
        browser.run("arguments[0].scrollIntoView()", tile)
        assert results.model.classes[index].name in browser.run("return arguments[0].textContent", tile)
    assert browser.run("return typeof window.pwned") == "undefined"


def test_pictures_come_when_they_are_scrolled_to(large_report, thousand):
    count = len(thousand[0].classes)
    browser = large_report.browser
    large_report.open()
    assert len(large_report.shown) == count
    assert browser.run(PICTURES) < count / 3
    for index in (count - 1, count // 2):
        browser.run(SCROLL, index)
        image = f"const image = document.querySelector('li[data-index=\"{index}\"] img');"
        browser.until(lambda i=image: browser.run(f"{i} return image.naturalWidth"), f"picture of {index}")
        assert browser.driver.execute_async_script(DECODED, index) > 0
    assert browser.run(PICTURES) < count


def test_the_file_alone_is_enough(report, tmp_path):
    copy = tmp_path / "page.html"
    copy.write_bytes(report.path.read_bytes())
    report.open(path=copy)
    report.browser.until(
        lambda: report.browser.run(PICTURES.replace("ul.grid", "ul.gallery")) >= 10, "gallery"
    )

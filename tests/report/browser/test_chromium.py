"""The browser of these tests notices what it should notice."""

import pytest


@pytest.fixture
def page(browser, tmp_path):
    """`page(html)` opens a document that is not a report; returns (requests beside it, complaints)."""
    path = tmp_path / "page.html"

    def opened(html):
        path.write_text(f"<!doctype html><title>t</title>{html}", encoding="utf-8")
        browser.requests(), browser.complaints()
        browser.open(path, ready=False)
        others = [url for url in browser.requests() if url != path.as_uri()]
        return others, browser.complaints()

    return opened


def test_a_quiet_page_is_quiet(page):
    assert page('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">') == ([], [])


@pytest.mark.parametrize(
    "html",
    [
        '<img src="picture.png">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/style.css">',
        "<script>new WebSocket('ws://127.0.0.1:9')</script>",
    ],
)
def test_a_request_is_noticed(page, html):
    requests, _ = page(html)
    assert len(requests) == 1


@pytest.mark.parametrize(
    "html, said",
    [
        ("<script>console.warn('look')</script>", "look"),
        ("<script>nothing.at.all</script>", "nothing is not defined"),
        (
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'"><p style="color:red">',
            "Content Security Policy",
        ),
    ],
)
def test_a_complaint_is_noticed(page, html, said):
    _, complaints = page(html)
    assert any(said in complaint for complaint in complaints), complaints

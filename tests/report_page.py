"""What a reader sees of a report in the browser, by the names that the page gives to its parts."""

from pathlib import Path
from typing import Any

SHOWN = """
return [...document.querySelectorAll("ul.grid > li[data-index]")]
  .filter((tile) => !tile.hidden).map((tile) => Number(tile.dataset.index));
"""
OPENED = """
const opened = document.querySelector("#class-view [data-index]");
return opened && opened.checkVisibility() ? Number(opened.dataset.index) : null;
"""
IN_VIEW = """
const box = arguments[0].getBoundingClientRect();
return arguments[0].checkVisibility() && box.height > 0 && box.top < innerHeight && box.bottom > 0
  && box.left < innerWidth && box.right > 0;
"""
FOCUSED_TILE = """
const tile = document.activeElement.closest("ul.grid > li[data-index]");
return tile ? Number(tile.dataset.index) : null;
"""
CHOOSE = """
arguments[0].value = arguments[1];
arguments[0].dispatchEvent(new Event("input", {bubbles: true}));
arguments[0].dispatchEvent(new Event("change", {bubbles: true}));
"""
VISIBLE = "return arguments[0].checkVisibility({visibilityProperty: true, opacityProperty: true})"


class ReportPage:
    """A report in a browser's tab."""

    def __init__(self, browser: Any, path: Path) -> None:
        """`browser` is a `Chromium`, `path` an `index.html`."""
        self.browser, self.path = browser, path
        self.addresses = {path.as_uri()}
        """Files that were opened on purpose."""

    def open(self, state: str = "", *, path: Path | None = None, ready: bool = True) -> None:
        """Loads the page, or a copy of it, as if for the first time."""
        self.addresses.add((path or self.path).as_uri())
        self.browser.open(path or self.path, state, ready=ready)

    def go(self, state: str) -> None:
        """Changes the address within the page, as a link in it does."""
        self.browser.run("location.hash = arguments[0]", state)

    @property
    def state(self) -> str:
        """What stands behind the # of the address."""
        return self.browser.run("return location.hash.slice(1)")

    @property
    def shown(self) -> list[int]:
        """Class indices in the grid, in their order, without those filtered out."""
        return self.browser.run(SHOWN)

    @property
    def opened(self) -> int | None:
        """The class in the class view; None while it is closed."""
        return self.browser.run(OPENED)

    @property
    def focused(self) -> str:
        """Id of the element that has the focus."""
        return self.browser.run("return document.activeElement.id")

    @property
    def focused_tile(self) -> int | None:
        """Class index of the tile that has the focus."""
        return self.browser.run(FOCUSED_TILE)

    def choose(self, selector: str, value: str) -> None:
        """Chooses a value of a `<select>`, or puts a text into a field."""
        self.browser.run(CHOOSE, self.browser.find(selector), value)

    def search(self, text: str) -> None:
        """Types into the search field, key by key."""
        field = self.browser.find("#filter")
        field.clear()
        field.send_keys(text)

    def wait_shown(self, expected: list[int], what: str) -> None:
        """Waits until the grid shows these classes in this order; says what it shows instead."""
        try:
            self.browser.until(lambda: self.shown == expected, what)
        except AssertionError:
            assert self.shown == expected, what
            raise

    def wait_opened(self, index: int | None) -> None:
        """Waits until a class is open in the class view, or none is."""
        self.browser.until(lambda: self.opened == index, f"class {index} open, not {self.opened}")

    def wait_in_view(self, selector: str) -> None:
        """Waits until part of an element lies inside the window."""
        self.browser.until(
            lambda: self.browser.run(IN_VIEW, self.browser.find(selector)), f"{selector} in view"
        )

    def visible(self, selector: str) -> bool:
        """Whether the first element that fits is rendered."""
        return self.browser.run(VISIBLE, self.browser.find(selector))

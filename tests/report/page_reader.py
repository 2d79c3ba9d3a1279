"""Reads a report page as a browser's parser would, for assertions."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """All elements in document order; `text` of style and script is their raw content."""

    elements: list[Element] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {key: value or "" for key, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1].tag in {"style", "script"} and not self.elements[-1].text:
            self.elements[-1].text = data
        else:
            self.words.append(data)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    @property
    def ids(self) -> list[str]:
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]

    @property
    def visible(self) -> str:
        return " ".join(" ".join(self.words).split())


def parse(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page

"""Reads a report page as a browser's parser would, for assertions."""

import base64
import gzip
import json
import re
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


def unpack(html: str, id: str) -> str:
    """The text of a packed block."""
    block = re.search(rf'<script type="[a-z/+]+" id="{id}">([^<]*)</script>', html)
    assert block is not None, id
    return gzip.decompress(base64.b64decode(block[1], validate=True)).decode()


def sections(html: str) -> dict[int, str]:
    """Class index → HTML of its section."""
    chunks = re.findall(r'id="(sections-\d+)"', html)
    return {int(i): text for chunk in chunks for i, text in json.loads(unpack(html, chunk)).items()}

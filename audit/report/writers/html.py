"""`html`: the page, with its pictures inside."""

from pathlib import Path

from audit.records import Results
from audit.records.gate import GateResult
from audit.report.writers.csv import CsvWriter
from audit.report.writers.json import JsonWriter

PLACE = 10
PAGE = 23 * 2**20
"""Bytes that the page may have; pictures get what the rest leaves."""
PICTURES = 2 * 2**20
"""Bytes that pictures get in any case."""
BLOCKS = "<!-- pictures -->"
"""Where the page's other pictures go. A label cannot hold this text: it would be escaped."""


class HtmlWriter:
    """One file that needs no other."""

    name, suffix, text, kept = "html", ".html", True, "index.html"

    def write(self, results: Results, gate: GateResult | None, folder: Path) -> bytes:
        """OutputError where a picture is missing in the folder."""
        from audit.report.embedded import blocks, shown, with_pictures
        from audit.report.page import render
        from audit.report.thumbnails import Thumbnails
        from audit.report.view import View, wanted

        thumbnails = Thumbnails(folder, wanted(results))
        table = CsvWriter().write(results, gate, folder).decode()
        document = JsonWriter().write(results, gate, folder).decode()
        html = render(View(results, thumbnails), document, table)
        pictures = thumbnails.encode(max(PICTURES, PAGE - len(html.encode())))
        return with_pictures(html, pictures).replace(BLOCKS, blocks(pictures, shown(html))).encode()


WRITERS = (HtmlWriter(),)

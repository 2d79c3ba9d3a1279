"""A finished run in a notebook: its verdict, and a picture of each of the first classes."""

from html import escape
from pathlib import Path

from audit.errors import OutputError
from audit.records import OUTCOMES, Results
from audit.records.pictures import chosen
from audit.report.formatting import clean, plural
from audit.report.thumbnails import PREFIX, Thumbnails

MOST = 24
"""Classes shown."""
BYTES = 400_000
"""Budget of all pictures."""
SIDE = 96
"""CSS pixels."""


def notebook(results: Results, folder: Path) -> str:
    """HTML without script or style sheet, complete in itself; all foreign text is escaped.

    Where a picture cannot be read (the folder was moved), the verdict stands alone.
    """
    outcome = OUTCOMES[results.verdict.outcome]
    model = results.model
    head = (
        f"<p><strong>{_text(outcome.symbol)} {_text(outcome.word)}</strong> · {_text(model.name)}, "
        f"{len(results.classes):,} of {plural(len(model.classes), 'class')}</p>"
        f"<p>{_text(results.verdict.headline)}</p>"
    )
    shown = [
        (entry.label.name, picture.file)
        for entry in results.classes[:MOST]
        if (picture := chosen(entry.pictures, "natural"))
    ]
    try:
        thumbnails = Thumbnails(folder, [(file, "other") for _, file in shown])
        encoded = thumbnails.encode(BYTES)
        figures = [_figure(name, encoded[thumbnails.get(file, "other").key]) for name, file in shown]
    except OutputError as error:
        figures = [f"<p>{_text(error.problem)}</p>"]
    left = len(results.classes) - len(shown)
    more = (
        f"<p>and {left:,} more in {_text(folder / 'index.html')}</p>"
        if left > 0
        else (f"<p>{_text(folder / 'index.html')}</p>")
    )
    return f"<div>{head}<div>{''.join(figures)}</div>{more}</div>"


def _figure(name: str, picture: str) -> str:
    said = _text(name)
    return (
        f'<figure style="display:inline-block;margin:4px;width:{SIDE}px;vertical-align:top">'
        f'<img src="{PREFIX}{picture}" width="{SIDE}" alt="{said}" style="image-rendering:auto">'
        f'<figcaption style="overflow-wrap:anywhere;font-size:smaller">{said}</figcaption></figure>'
    )


def _text(value: object) -> str:
    return escape(clean(value), quote=True)

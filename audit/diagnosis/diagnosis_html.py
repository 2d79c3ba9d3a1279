"""A diagnosis in a notebook."""

from html import escape

from audit.diagnosis.diagnosis import Diagnosis
from audit.text import clean

LEFT = ' style="text-align:left"'


def as_html(found: Diagnosis) -> str:
    """HTML without script or style sheet; all foreign text is escaped."""
    lines: list[str] = []
    part = ""
    for row in found.rows:
        if row.part != part:
            part = row.part
            lines.append(f'<tr><th colspan="3"{LEFT}>{_text(part)}</th></tr>')
        cells = "".join(f"<td{LEFT}>{_text(cell)}</td>" for cell in (row.what, row.value, row.source))
        lines.append(f"<tr>{cells}</tr>")
    table = f"<table>{''.join(lines)}</table>" if lines else ""
    ending = [found.run, *(f"warning: {text}" for text in found.warnings), found.error or ""]
    return f"<div>{table}{''.join(f'<p>{_text(text)}</p>' for text in ending if text)}</div>"


def _text(value: object) -> str:
    return escape(clean(value), quote=True)

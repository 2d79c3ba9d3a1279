"""The page: templates, styles and script of this package made into one file."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audit.records import OUTCOMES
from audit.records.change_words import change_words, control_words
from audit.records.verdict import unseen
from audit.report import flip_chart, spectrum_chart
from audit.report import formatting as text
from audit.report.embedded import as_json, packed
from audit.report.robustness_section import FIRST
from audit.report.strips import HEIGHT, WIDTH, band
from audit.report.transfer_section import groups
from audit.report.view import View, role_of

_ASSETS = resources.files("audit.report") / "assets"
STYLES = ("colours", "base", "header", "findings", "classes", "grid", "sections", "charts", "narrow", "print")
SCRIPTS = ("embedded", "pictures", "address", "grid", "class", "keys", "tools", "start")
"""Files of `assets/`, in the order in which they are joined."""
CHUNK = 25
"""Classes whose sections are packed together: the first one that is opened unpacks this many."""


def render(view: View, results_json: str, classes_csv: str) -> str:
    """The whole page as HTML, pictures as `<img data-img="KEY">`; it needs no other file.

    `results_json` and `classes_csv` are offered for download.
    """
    environment = templates()
    style = "".join(asset(f"{name}.css") for name in STYLES)
    script = f'"use strict";\n(() => {{\n{"".join(asset(f"{name}.js") for name in SCRIPTS)}}})();'
    known: dict[str, object] = {
        "view": view,
        "results": view.results,
        "band": band,
        "role_of": role_of,
        "strip_size": f"0 0 {WIDTH} {HEIGHT}",
        "flip": flip_chart,
        "groups": groups,
        "shown_classes": FIRST,
        "plot": spectrum_chart,
        "outcome_symbols": text.OUTCOME_SYMBOLS,
        "badge_styles": text.BADGE_STYLES,
        "direction_symbols": text.DIRECTION_SYMBOLS,
        "finding_symbols": text.FINDING_SYMBOLS,
        "verdict": view.results.verdict,
        "meaning": OUTCOMES[view.results.verdict.outcome],
        "unseen": unseen,
    }
    return environment.get_template("index.html.j2").render(
        **known,
        style=Markup(style),
        script=Markup(script),
        csp=policy(style, script),
        tiles=as_json(view.tiles()),
        chunk=CHUNK,
        sections=[packed(chunk) for chunk in _sections(environment, known, view)],
        results_packed=packed(results_json),
        csv_packed=packed(classes_csv),
    )


def policy(style: str, script: str) -> str:
    """Content Security Policy that admits this style sheet, this script and embedded pictures only."""
    return (
        f"default-src 'none'; img-src data:; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def slug(value: str) -> str:
    """A word fit for an id: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")


@cache
def templates() -> Environment:
    """Templates of this package, compiled once; what they print is escaped, without control characters."""
    environment = Environment(
        loader=PackageLoader("audit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        finalize=_finalize,
    )
    filters = cast("dict[str, Callable[..., str]]", environment.filters)
    for function in (
        text.number,
        text.level,
        text.percent,
        text.share,
        text.percentile,
        text.duration,
        text.plural,
        text.sentence,
        text.code,
        slug,
        change_words,
        control_words,
    ):
        filters[function.__name__] = function
    return environment


def _sections(environment: Environment, known: dict[str, object], view: View) -> list[str]:
    """JSON texts of {class index: HTML of its section}, `CHUNK` classes each."""
    module = environment.get_template("class.html.j2").make_module(known)
    section = cast("Callable[..., str]", module.class_article)  # pyright: ignore[reportAttributeAccessIssue]
    chunks = [view.classes[start : start + CHUNK] for start in range(0, len(view.classes), CHUNK)]
    return [
        json.dumps({entry.result.label.index: str(section(entry)) for entry in chunk}, ensure_ascii=False)
        for chunk in chunks
    ]


def asset(name: str) -> str:
    """A file of `assets/` as text."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def _source(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _finalize(value: object) -> object:
    """Whatever text a template prints loses its control characters; escaping follows."""
    return text.clean(value) if type(value) is str else value

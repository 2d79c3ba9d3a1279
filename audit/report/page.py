"""The page: templates, styles and script of this package made into one file."""

import base64
import hashlib
import re
from collections.abc import Callable
from importlib import resources
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audit.report import text
from audit.report.strips import HEIGHT, WIDTH, band
from audit.report.view import View, role_of

_ASSETS = resources.files("audit.report") / "assets"


def render(view: View) -> str:
    """The whole page as HTML that needs no other file and makes no request."""
    style, script = (_asset(name) for name in ("report.css", "report.js"))
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
    for function in (text.number, text.percent, text.percentile, text.duration, text.plural, slug):
        filters[function.__name__] = function
    return environment.get_template("index.html.j2").render(
        view=view,
        results=view.results,
        style=Markup(style),
        script=Markup(script),
        csp=policy(style, script),
        band=band,
        role_of=role_of,
        strip_size=f"0 0 {WIDTH} {HEIGHT}",
        outcome_symbols=text.OUTCOME_SYMBOLS,
        finding_symbols=text.FINDING_SYMBOLS,
        verdict=text.verdict(view.results),
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


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _source(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _finalize(value: object) -> object:
    """Whatever text a template prints loses its control characters; escaping follows."""
    return text.clean(value) if type(value) is str else value

import base64
import html as markup
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from PIL import Image

import audit
from audit.report.notebook import BYTES, MOST


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> audit.Audit:
    return audit.open(tiny.finished(tmp_path_factory))


def test_a_run_is_one_line(run: audit.Audit) -> None:
    outcome = run.results.verdict.outcome
    assert repr(run) == f"<Audit of net1-make: 6 of 6 classes, {outcome}, in {run.folder}>"


def test_a_notebook_shows_the_verdict_and_each_class(run: audit.Audit) -> None:
    html = run._repr_html_()
    assert markup.escape(run.results.verdict.headline) in html
    assert re.findall(r"<figcaption[^>]*>([^<]*)</figcaption>", html) == list(tiny.NAMES[:6])
    pictures = re.findall(r'src="data:image/webp;base64,([^"]+)"', html)
    assert len(set(pictures)) == 6
    for picture in pictures:
        assert Image.open(io.BytesIO(base64.b64decode(picture))).size == (32, 32)
    assert len(html) < 4 / 3 * BYTES + 10_000
    assert not re.search(r"<(script|link|style)|\son\w+=|https?:", html)


def test_names_are_text_and_the_rest_is_counted(run: audit.Audit) -> None:
    hostile = '</figure><script>alert(1)</script>"\x1b[2J'
    first = run.results.classes[0]
    entry = first.model_copy(update={"label": first.label.model_copy(update={"name": hostile})})
    many = run.results.model_copy(update={"classes": [entry] * (MOST + 3)})
    html = replace(run, results=many)._repr_html_()
    assert html.count("<figure") == MOST
    assert "<script" not in html
    assert "\x1b" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "and 3 more" in html
    model = run.results.model.model_copy(update={"name": "a\n\x1bb"})
    assert repr(replace(run, results=run.results.model_copy(update={"model": model}))).isprintable()


def test_without_pictures_the_verdict_stands_alone(run: audit.Audit, tmp_path: Path) -> None:
    html = replace(run, folder=tmp_path)._repr_html_()
    assert markup.escape(run.results.verdict.headline) in html
    assert "expected a PNG" in html
    assert "<img" not in html

import base64
import hashlib
import itertools
import re
from importlib import resources

import pytest

from audit.records import OUTCOMES
from audit.report import write_report
from audit.report.formatting import BADGE_STYLES, clean
from audit.report.page import asset, render
from audit.report.thumbnails import Thumbnails
from audit.report.view import View, wanted

SOURCE = r"data:image/webp;base64,[A-Za-z0-9+/]+={0,2}"
INERT = {"application/json", "application/json+gzip", "text/csv+gzip", "text/plain"}


def test_every_class_check_and_finding_appears(page, run):
    results, _ = run
    for entry in results.classes:
        assert f"class-{entry.label.index}" in page.ids
        assert " ".join(clean(entry.label.name).split()) in page.visible
    for check in results.checks:
        assert f"check-{check.meta.id}" in page.ids
        for words in (check.meta.title, check.meta.question, check.summary):
            assert words in page.visible
    for finding in results.findings:
        for words in (finding.title, finding.detail, finding.next_step):
            assert words in page.visible
    assert results.verdict.headline in page.visible
    assert results.run.command in page.visible


def test_sections_stand_in_the_order_of_reading(page):
    order = [
        "findings",
        "checks",
        "worst",
        "grid",
        "photographs",
        "preprocessing",
        "robustness",
        "provenance",
    ]
    assert [id for id in page.ids if id in order] == order


def test_only_passed_checks_are_marked_as_passed(html, run):
    results, _ = run
    for check in results.checks:
        article = html.split(f'id="check-{check.meta.id}"')[1].split("</article>")[0]
        ranked = check.only_ranks and check.outcome in ("flagged", "inconclusive")
        word = "ranking" if ranked else check.outcome
        assert re.findall(r'class="chip o-([a-z-]+)"', article) == [word.replace(" ", "-")]


def test_rankings_stand_apart_from_checks_that_can_decide(html, run):
    results, _ = run
    rankings = html.index('<h3 class="rankings">')
    for check in results.checks:
        assert (html.index(f'id="check-{check.meta.id}"') > rankings) == check.only_ranks


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_top_says_the_outcome_what_was_not_looked_at_and_what_to_do(run, tmp_path, outcome):
    results, folder = run
    said = results.verdict.model_copy(update={"outcome": outcome})
    view = View(results.model_copy(update={"verdict": said}), Thumbnails(folder, wanted(results)))
    page = render(view, "{}", "")
    top = page.split('<header class="top">')[1].split("</header>")[0]
    assert f'<div class="verdict v-{outcome.replace(" ", "-")}">' in top
    assert f"</span>{OUTCOMES[outcome].word}</p>" in top
    assert f'">{said.headline}</p>' in top
    words = (said.blind_spots[0].text, ">Accuracy on photographs</a>: not run", "Look at every picture.")
    assert all(text in top for text in words)
    assert f"{OUTCOMES[outcome].word.lower()} · classifier audit</title>" in page


def test_no_outcome_of_a_run_is_green():
    styles = asset("header.css")
    green = [rule for rule in styles.split("}") if "var(--good)" in rule]
    assert green
    assert not any(f"v-{outcome.replace(' ', '-')}" in rule for rule in green for outcome in OUTCOMES)
    assert not any("o-passed" in style for _, style in BADGE_STYLES.values())


def test_provenance_says_where_each_value_came_from(page, run):
    results, _ = run
    for source in results.model.input.sources.values():
        assert source in page.visible
    for known in (
        results.model.identity.weights,
        results.model.identity.probe,
        results.baseline.provenance,
        results.run.environment.torch,
        "synthesis.restarts 3",
        results.model.warnings[0],
    ):
        assert known in page.visible


def test_captions_say_that_pictures_are_synthesised(page):
    captions = [image.attributes["alt"] for image in page.all("img")]
    assert "Synthesised, natural prior, restart 2: banana" in captions
    assert "Synthesised, unconstrained, restart 1: goldfish" in captions


def test_nothing_is_requested(page, html):
    allowed = ("#", "data:image/webp;base64,")
    for element in page.elements:
        for name in ("src", "href", "srcset", "data", "action", "poster", "xlink:href", "background", "ping"):
            if name in element.attributes:
                assert element.attributes[name].startswith(allowed), element
    assert (
        not page.all("link") + page.all("iframe") + page.all("object") + page.all("embed") + page.all("base")
    )
    for code in (*page.all("style"), *page.all("script")):
        if code.attributes.get("type") in INERT:
            continue
        assert not re.search(r"https?:|//[a-z]|url\(|@import|fetch\(|XMLHttpRequest|import\(", code.text)
    assert not re.search(r"https?://", html)


def test_policy_admits_exactly_the_inline_code(page):
    policies = [m for m in page.all("meta") if m.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    rules = dict(rule.strip().split(" ", 1) for rule in policies[0].attributes["content"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    for tag in ("style", "script"):
        codes = [code for code in page.all(tag) if "type" not in code.attributes]
        assert len(codes) == 1
        digest = base64.b64encode(hashlib.sha256(codes[0].text.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"


def test_policy_blocks_nothing_that_the_page_uses(page):
    for element in page.elements:
        assert not [name for name in element.attributes if name == "style" or name.startswith("on")], element


def test_hostile_labels_stay_text(page, hostile, sections):
    assert all(
        re.fullmatch(SOURCE, image.attributes["src"])
        for image in page.all("img")
        if "src" in image.attributes
    )
    assert all("onerror" not in element.attributes for element in page.elements)
    assert {code.attributes["type"] for code in page.all("script") if "type" in code.attributes} <= INERT
    for label in hostile:
        assert " ".join(clean(label).split()) in page.visible
    for index, section in sections.items():
        assert not section.all("script"), index
        assert all("data-img" in image.attributes for image in section.all("img"))
    assert "\u202e" not in page.visible
    assert "{{ 7*7 }}" in page.visible


def test_ids_are_unique_and_links_lead_somewhere(page):
    assert len(page.ids) == len(set(page.ids))
    targets = [
        a.attributes["href"][1:] for a in page.elements if a.attributes.get("href", "").startswith("#")
    ]
    assert len(targets) > 100
    assert not set(targets) - set(page.ids)


def test_every_picture_has_a_text_and_a_size(page, sections):
    outside = [image for image in page.all("img") if "src" in image.attributes]
    inside = [image for section in sections.values() for image in section.all("img")]
    assert len(outside) > 40
    assert len(inside) > 80
    assert all(image.attributes["alt"].strip() for image in (*outside, *inside))
    assert all(0 < int(image.attributes["width"]) <= 224 for image in (*outside, *inside))


def test_headings_never_skip_a_level(page, sections):
    def of(part):
        return [int(element.tag[1]) for element in part.elements if re.fullmatch(r"h[1-6]", element.tag)]

    for section in sections.values():  # shown under the dialog's h2
        assert all(after - before <= 1 for before, after in itertools.pairwise([2, *of(section)]))
    levels = of(page)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_form_control_has_a_label(html):
    for control in re.findall(r"<(?:input|select)[^>]*>", html):
        assert re.search(r"<label[^>]*>(<span>[^<]+</span>)?[^<]*" + re.escape(control), html), control


def test_colour_pairs_reach_aa():
    css = (resources.files("audit.report") / "assets" / "colours.css").read_text()
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-fA-F]{3,6})", part)) for part in css.split("@media")[:2]
    )
    for colours in (light, dark):
        for ink, ground in [
            *((ink, ground) for ink in ("ink", "quiet", "accent") for ground in ("bg", "surface", "sunk")),
            *((tone, f"{tone}-soft") for tone in ("bad", "good", "warn", "none", "accent")),
            *((tone, "surface") for tone in ("bad", "good", "warn", "none")),
        ]:
            assert _contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def test_code_and_styles_stay_small(page):
    codes = [code for tag in ("style", "script") for code in page.all(tag) if "type" not in code.attributes]
    assert 10_000 < sum(len(code.text.encode()) for code in codes) <= 60_000


@pytest.mark.parametrize(
    "given, shown",
    [
        ({"baseline": False}, "audit baseline IMAGES"),
        ({"baseline": False}, "values only"),
        ({"only": [2, 3]}, "of them audited"),
    ],
)
def test_partial_runs_are_said(tmp_path, make_run, read_page, given, shown):
    page = read_page(
        write_report(make_run(tmp_path, side=16, restarts=1, unconstrained=0, **given), tmp_path).read_text()
    )
    assert shown in page.visible
    targets = {
        a.attributes["href"][1:] for a in page.all("a") if a.attributes.get("href", "").startswith("#")
    }
    assert not targets - set(page.ids)


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(letter * 2 for letter in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_downloads_are_the_files(html, run, unpack):
    results, folder = run
    assert type(results).model_validate_json(unpack(html, "data")) == results
    assert unpack(html, "csv-packed") == (folder / "classes.csv").read_text(encoding="utf-8")


def test_every_class_has_a_section_and_each_of_its_pictures_is_in_the_page_once(html, page, sections, run):
    results, _ = run
    assert set(sections) == {entry.label.index for entry in results.classes}
    inert = {
        element.attributes["id"][1:]
        for element in page.all("script")
        if element.attributes.get("type") == "text/plain"
    }
    open_ = {image.attributes["data-img"] for image in page.all("img") if "src" in image.attributes}
    asked = {image.attributes["data-img"] for part in sections.values() for image in part.all("img")}
    assert not inert & open_
    assert asked <= inert | open_
    for index, section in sections.items():
        targets = {a.attributes["href"][1:] for a in section.all("a")}
        assert targets <= set(page.ids), index

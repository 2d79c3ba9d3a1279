"""Labels are hostile text: the summary shows them as plain text."""

import html
import re
from pathlib import Path

import pytest
import sample_results

from audit.records import OUTCOMES, BrokenPlugin, Results
from audit.records.gate import GatedCheck, GateResult
from audit.report.writers.markdown import MarkdownWriter, escaped
from audit.text import plain

HOSTILE = (
    *sample_results.HOSTILE,
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "https://evil.example @everyone #1 $x$ `code` **bold** ~~gone~~ | cell\n\n# heading",
    "&lt;b&gt; \\* a_b_c",
)
ENTITY = re.compile(r"&#\d+;(<!-- -->)?")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sample_results.make(tmp_path_factory.mktemp("run"), side=16, restarts=1, unconstrained=0)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_sign_that_begins_something_is_left(text: str) -> None:
    shown = escaped(text)
    assert not set(ENTITY.sub("", shown)) & set("<>\"'\\`*_[]()!|~$@#/:&\n\r\u202e")
    assert decoded(shown) == plain(text)


def decoded(markdown: str) -> str:
    return html.unescape(markdown.replace("<!-- -->", ""))


def test_the_summary_says_all_that_the_verdict_says(results: Results) -> None:
    lines = MarkdownWriter().write(results, None, Path()).decode().splitlines()
    text = decoded("\n".join(lines))
    assert lines[0].startswith("## ")
    assert OUTCOMES[results.verdict.outcome].word in text
    assert results.verdict.headline in text
    assert "Policy" not in text
    for finding in results.findings[:20]:
        assert escaped(finding.title) in "\n".join(lines)
    for entry in results.verdict.not_checked:
        assert f"**{entry.what}**: " in text
    for spot in results.verdict.blind_spots:
        assert spot.text in text


def test_the_policy_s_answer_and_what_is_broken(results: Results) -> None:
    row = GatedCheck(
        check="dead-class", level="error", outcome="flagged", required=False, effect="fails",
        why="a | b <img src=x>", flagged=[], waived=[],
    )  # fmt: skip
    gate = GateResult(
        schema_version="1", policy="release", run="net", audited=1, classes=2, coverage=1.0, blind_spots=[],
        outcome="failed", exit_code=1, headline="Policy failed: dead-class", limits={}, checks=[row],
        waivers=[],
    )  # fmt: skip
    run = results.run.model_copy(
        update={"plugins": [BrokenPlugin(group="audit.checks", name="bad", error="<b>tripped</b>")]}
    )
    text = MarkdownWriter().write(results.model_copy(update={"run": run}), gate, Path()).decode()
    (line,) = [line for line in text.splitlines() if line.startswith("| dead")]
    assert line.count("|") == 5
    assert "<img" not in text
    assert "<b>" not in text
    assert "### Policy release: failed" in text
    assert "Policy failed: dead-class" in decoded(text)
    assert "<b>tripped</b>" in decoded(text)

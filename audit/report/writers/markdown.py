"""`markdown`: a summary for a pull request or the step summary of a CI run."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from audit.records import OUTCOMES, Results
from audit.records.gate import GateResult
from audit.records.verdict import unseen
from audit.text import plain

PLACE = 40
MOST = 20
"""Findings that are listed; the rest is counted."""
_SPECIAL = re.compile(r"""([\\`*_{}\[\]()#+\-.!|~$^=:@/&<>"'])""")
_EMPTY = "<!-- -->"


def escaped(text: str) -> str:
    """Untrusted text on one line that Markdown, HTML and GitHub show as it is.

    No link, picture, tag or formula comes of it: every sign that could begin one is written as a character
    reference, which is decoded after Markdown is read. GitHub looks for @names and #numbers in what is then
    shown; an empty comment keeps the sign apart from what follows.
    """
    return _SPECIAL.sub(lambda found: f"&#{ord(found[1])};{_EMPTY if found[1] in '@#' else ''}", plain(text))


class MarkdownWriter:
    """Verdict, the policy's answer, findings, what was not checked and what cannot be seen."""

    name, suffix, text, kept = "markdown", ".md", True, None

    def write(self, results: Results, gate: GateResult | None, folder: Path) -> bytes:
        """Some tens of lines."""
        verdict = results.verdict
        meaning = OUTCOMES[verdict.outcome]
        lines = [
            f"## {meaning.symbol} {escaped(results.model.name)}: {escaped(meaning.word)}",
            "",
            escaped(verdict.headline),
            *_gate(gate),
            *_findings(results),
            *_listed(
                "Not checked, or not decided",
                [f"**{escaped(entry.what)}**: {escaped(entry.why)}" for entry in verdict.not_checked],
            ),
            *(
                line
                for head, texts in unseen(verdict.blind_spots).items()
                for line in _listed(head, [escaped(text) for text in texts])
            ),
            *_listed(
                "Broken plug-ins, which took no part",
                [f"{escaped(p.name)} ({escaped(p.group)}): {escaped(p.error)}" for p in results.run.plugins],
            ),
        ]
        if verdict.next_step:
            lines += ["", f"Next: {escaped(verdict.next_step)}."]
        said = results.run
        lines += [
            "",
            f"<sub>{len(results.classes)} of {len(results.model.classes)} classes, "
            f"preset {escaped(said.config_name)}, seed {said.seed}, "
            f"audit {escaped(said.environment.audit)}</sub>",
        ]
        return ("\n".join(lines) + "\n").encode()


def _gate(gate: GateResult | None) -> Iterable[str]:
    if gate is None:
        return []
    rows = [
        f"| {escaped(row.check)} | {row.outcome} | {row.effect} | {escaped(row.why)} |" for row in gate.checks
    ]
    return [
        "",
        f"### Policy {escaped(gate.policy)}: {gate.outcome}",
        "",
        escaped(gate.headline),
        "",
        "| Check | Outcome | Release | Why |",
        "|---|---|---|---|",
        *rows,
    ]


def _findings(results: Results) -> Iterable[str]:
    found = [
        f"**{escaped(f.title)}** ({f.verdict}, {escaped(f.check)}): {escaped(f.detail)}"
        for f in results.findings[:MOST]
    ]
    if (rest := len(results.findings) - MOST) > 0:
        found.append(f"and {rest} more, on the page of the run")
    return _listed("Findings", found)


def _listed(heading: str, entries: Sequence[str]) -> Iterable[str]:
    return ["", f"### {heading}", "", *(f"- {entry}" for entry in entries)] if entries else []


WRITERS = (MarkdownWriter(),)

"""Can the class list be read, and does every name mean one thing?

A warning where no policy says otherwise: many good networks have two names that are alike. A policy that
makes it an error stops a release for any remark, deceptive or only unclear; each can be waived by its class.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator

from audit.checks._limit_values import Limits
from audit.checks._reader import Reader, count, quoted
from audit.records import CheckMeta, CheckResult, ClassLabel, Finding, Results

META = CheckMeta(
    id="label-list",
    title="Class names",
    kind="lint",
    question="Is every class name readable, harmless and different from the others?",
    source="this project; bidirectional controls: Unicode Technical Report 36",
    unit="",
    level="warn",
    order=70,
)
# Joiners (U+200C, U+200D) and direction marks are part of ordinary spelling in some scripts.
_HIDDEN = frozenset("\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKUP = re.compile(
    r"<\s*[/!]?\s*(script|style|img|svg|iframe|object|embed|link|meta|base|form|input|body|html|div|span)\b"
    r"|<\s*/?\s*[abip](\s[^<]*)?>|javascript:",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(class|label|category|cls|output|index|id)?[\s_#:-]*\d+|n/?a|none|null|nan|todo|tbd|unnamed|\?+|-+",
    re.IGNORECASE,
)
_SERIOUS: list[tuple[Callable[[ClassLabel], bool], str, str, str]] = [
    (
        lambda label: not label.name.strip(),
        "The name of class {index} is empty",
        "Nothing is left of the label {full} without space.",
        "Give the class a name in the list passed as --classes",
    ),
    (
        lambda label: any(unicodedata.category(c) in ("Cc", "Cs") or c in _HIDDEN for c in label.full),
        "The name of class {index} holds hidden characters",
        "{full} contains control, invisible or reordering characters: it can read as something it is not.",
        "Remove them from the list passed as --classes, and ask how they came there",
    ),
    (
        lambda label: bool(_MARKUP.search(label.full)),
        "The name of class {index} looks like markup",
        "{full} would run or change the page in a viewer that does not escape it.",
        "Replace it in the list passed as --classes, and ask how it came there",
    ),
]


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: any problem; empty, deceptive or markup-like names are verified, unclear ones observed."""
    m = Reader(results)
    labels = sorted(m.model.classes, key=lambda label: label.index)
    if not labels:
        summary = "The classifier has no class list."
        return CheckResult(meta=META, outcome="not run", summary=summary, gates=True, ranking=[], findings=[])
    serious = [
        m.finding(
            META,
            "verified",
            [label.index],
            title=title.format(index=label.index),
            detail=detail.format(full=quoted(label.full)),
            next_step=fix,
        )
        for label in labels
        for test, title, detail, fix in _SERIOUS
        if test(label)
    ]
    unclear = [
        *_placeholders(m, labels),
        *_spaces(m, labels),
        *_alike(m, labels),
        *_plurals(m, labels),
    ]
    if serious:
        summary = f"{count(len(serious), 'name')} of {len(labels)} empty, deceptive or like markup"
        summary += f", {len(unclear)} unclear." if unclear else "."
    elif unclear:
        summary = f"{count(len(unclear), 'remark')} on {len(labels)} names; none of them is harmful."
    else:
        summary = f"All {len(labels)} names are readable, harmless and different."
    return CheckResult(
        meta=META,
        outcome="flagged" if serious or unclear else "passed",
        summary=summary,
        gates=True,
        ranking=[],
        findings=serious + unclear,
    )


def _placeholders(m: Reader, labels: list[ClassLabel]) -> Iterator[Finding]:
    if all(re.fullmatch(r"\d", label.name) for label in labels):
        return  # a classifier of digits
    bare = [label for label in labels if _PLACEHOLDER.fullmatch(label.name.strip())]
    fix = "Pass the real names with --classes"
    if len(bare) > max(1, len(labels) // 2):
        yield m.finding(
            META,
            "observed",
            [],
            title="The class list holds numbers or placeholders instead of names",
            detail=f"{len(bare)} of {len(labels)} names, for example {quoted(bare[0].name)}.",
            next_step=fix,
        )
        return
    for label in bare:
        yield m.finding(
            META,
            "observed",
            [label.index],
            title=f"{m.name(label.index)} is not a name",
            detail=f"Class {label.index} is called {quoted(label.name)}, a number or placeholder.",
            next_step=fix,
        )


def _spaces(m: Reader, labels: list[ClassLabel]) -> Iterator[Finding]:
    for label in labels:
        if label.full.strip() and label.full != label.full.strip():
            yield m.finding(
                META,
                "observed",
                [label.index],
                title=f"{quoted(label.full)} begins or ends with space",
                detail=f"Class {label.index}: a lookup by the trimmed name would miss it.",
                next_step="Trim it in the list passed as --classes",
            )


def _alike(m: Reader, labels: list[ClassLabel]) -> Iterator[Finding]:
    """Names equal to the letter, or but for case, width, hyphens, underscores and spaces."""
    groups: defaultdict[str, list[ClassLabel]] = defaultdict(list)
    for label in labels:
        if key := _key(label.name):
            groups[key].append(label)
    for first, *others in groups.values():
        for other in others:
            same = first.name == other.name
            yield m.finding(
                META,
                "observed",
                [first.index, other.index],
                title=f"Two classes are called {quoted(first.name)}"
                if same
                else f"{quoted(first.name)} and {quoted(other.name)} are two spellings of one name",
                detail=f"{first.index}: {quoted(first.full)}, {other.index}: {quoted(other.full)}.",
                next_step="Tell them apart in the list passed as --classes, if they are meant to be two",
            )


def _plurals(m: Reader, labels: list[ClassLabel]) -> Iterator[Finding]:
    by_key = {_key(label.name): label for label in reversed(labels)}
    for label in labels:
        key = _key(label.name)
        if len(key) < 4 or by_key.get(key) is not label:
            continue
        plural = key + ("es" if key.endswith(("s", "x", "z", "ch", "sh")) else "s")
        if (other := by_key.get(plural)) is not None:
            yield m.finding(
                META,
                "observed",
                [label.index, other.index],
                title=f"{quoted(label.name)} and {quoted(other.name)} differ only in number",
                detail=f"Classes {label.index} and {other.index}: the network may not tell them apart.",
                next_step="Check in the training photographs that they are two things, or merge them",
            )


def _key(name: str) -> str:
    return " ".join(re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", name)).casefold().split())

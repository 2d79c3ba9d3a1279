"""A policy's answer as lines of text."""

from collections.abc import Iterable, Sequence

from audit.checks import quoted
from audit.records.gate import GatedWaiver, GateResult, WaiverState
from audit.records.verdict import unseen

MOST = 5
"""Classes, or waivers of one kind, that are listed; the rest is counted."""

_STATES: dict[WaiverState, str] = {
    "used": "used",
    "not needed": "not needed, nothing was flagged there",
    "expired": "EXPIRED, does not count",
    "unknown class": "warning: this network has no such class; does not count",
    "ambiguous class": "warning: several classes have this name, give the id; does not count",
}


def lines(result: GateResult, width: int) -> list[str]:
    """The table of checks, what is said of limits and waivers, and the answer last.

    `width`: columns of the terminal, to which only the checks' sentences are cut. Nothing in the lines can
    move the cursor: class names, reasons and owners are in quotes, control characters escaped.
    """
    rows = [("check", "level", "outcome", "release", "why")]
    rows += [(r.check, r.level, r.outcome, r.effect, r.why) for r in result.checks]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    left = max(20, width - sum(widths) - 2 * len(widths))
    said: list[str] = []
    details = [None, *result.checks]
    for (*cells, why), row in zip(rows, details, strict=True):
        start = "  ".join(cell.ljust(size) for cell, size in zip(cells, widths, strict=True))
        said.append(f"{start}  {why if len(why) <= left else why[: left - 1] + '…'}".rstrip())
        if row is not None and row.flagged:
            said.append(f"    flagged: {_few(row.flagged)}")
        if row is not None and row.waived:
            said.append(f"    waived: {_few(row.waived)}")
    for name, (run, policy) in result.limits.items():
        said.append(f"limit {name}: {policy:g} by the policy, {run:g} in the run")
    for state, word in _STATES.items():
        said += _waivers([w for w in result.waivers if w.state == state], word)
    if result.audited < result.classes:
        said.append(f"only {result.audited} of {result.classes} classes were audited")
    for head, texts in unseen(result.blind_spots).items():
        said.append(f"{head[:1].lower()}{head[1:]}: {'; '.join(texts)}")
    said.append(result.headline)
    return said


def _waivers(waivers: Sequence[GatedWaiver], word: str) -> Iterable[str]:
    for waiver in waivers[:MOST]:
        yield (
            f"waiver {waiver.check} {_named(waiver)}: {word} (until {waiver.expires.isoformat()}, "
            f"{quoted(waiver.owner)}: {quoted(waiver.reason, 120)})"
        )
    if len(waivers) > MOST:
        yield f"and {len(waivers) - MOST} more waivers: {word}"


def _named(waiver: GatedWaiver) -> str:
    return waiver.fingerprint or " and ".join(quoted(label) for label in waiver.labels)


def _few(names: Sequence[str]) -> str:
    rest = len(names) - MOST
    return ", ".join(names[:MOST]) + (f" and {rest} more" if rest > 0 else "")

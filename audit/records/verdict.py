"""What a whole run says: the outcomes and what each means, once for all that say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from audit.records.record import Record

RunOutcome = Literal["flagged", "incomplete", "warnings", "nothing flagged", "checks passed"]


@dataclass(frozen=True)
class Meaning:
    """An outcome in words."""

    word: str
    """On the page, large."""
    symbol: str
    meaning: str


OUTCOMES: dict[RunOutcome, Meaning] = {
    "flagged": Meaning("Flagged", "▲", "a check whose flag can stop a release flagged"),
    "incomplete": Meaning(
        "Incomplete",
        "!",
        "some classes were left out, work is missing, a check broke or did not run, or none could decide",
    ),
    "warnings": Meaning(
        "Warnings", "△", "no flag that stops a release, but a check warns or there are findings to look at"
    ),
    "nothing flagged": Meaning(
        "Nothing flagged, not everything checked", "○", "no finding at all, but some checks could not decide"
    ),
    "checks passed": Meaning(
        "Checks passed, pictures not reviewed",
        "○",
        "no finding at all, and every check that can decide passed",
    ),
}
"""Gravest first: where several hold, the first one is said. None says that the network is healthy."""


class NotChecked(Record):
    """Something that was not looked at, or not far enough to decide."""

    what: str
    """The id of a check, "classes" or "work"."""
    why: str
    """In one sentence. May quote class names, control characters escaped."""


class BlindSpot(Record):
    """A fault that no check of this run can see, or that checks which look for it miss."""

    key: str
    text: str
    looked_for: str = ""
    """How often it is found by the check that looked and found nothing; empty where none looked."""

    @property
    def head(self) -> str:
        """What it is listed under."""
        if not self.looked_for:
            return "No check here can see"
        measured = self.looked_for != UNMEASURED
        return "Looked for, but not surely found" if measured else f"Looked for, but {UNMEASURED}"


UNMEASURED = "how often it is found was not measured"


def unseen(spots: Iterable[BlindSpot]) -> dict[str, list[str]]:
    """Head → what stands under it, in the order of the spots."""
    told: dict[str, list[str]] = {}
    for spot in spots:
        known = spot.looked_for and spot.looked_for != UNMEASURED
        told.setdefault(spot.head, []).append(f"{spot.text} ({spot.looked_for})" if known else spot.text)
    return told


class Verdict(Record):
    """What the whole run says, where no policy says otherwise."""

    outcome: RunOutcome
    headline: str
    counts: dict[str, int]
    """Outcome → number of checks that can decide; "ranking" → number of those that only rank."""
    not_checked: list[NotChecked] = Field(default_factory=list[NotChecked])
    blind_spots: list[BlindSpot] = Field(default_factory=list[BlindSpot])
    next_step: str = ""
    exit_code: Literal[0, 3] = 0
    """Without a policy: 3 where the outcome is "incomplete", unless all that is missing are classes that were
    left out by wish."""

    def lines(self) -> list[str]:
        """What is printed of it: the headline, what was not looked at, and what to do next."""
        open_ = ", ".join(entry.what for entry in self.not_checked)
        return [
            self.headline,
            *([f"Not checked, or not decided: {open_}."] if open_ else []),
            *(f"{head}: {'; '.join(texts)}." for head, texts in unseen(self.blind_spots).items()),
            *([f"Next: {self.next_step}."] if self.next_step else []),
        ]

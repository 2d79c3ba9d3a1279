"""What checks say: results, findings, evidence."""

import hashlib
from typing import Literal

from pydantic import Field

from audit.records.record import Record
from audit.records.reliability import Badge

Outcome = Literal["flagged", "passed", "not applicable", "not run", "inconclusive", "error"]
Kind = Literal["lint", "limit", "test"]


class Effect(Record):
    """The size of what was found."""

    value: float
    unit: str
    interval: tuple[float, float] | None
    """95 % interval; None where the value is not an estimate."""


class PValue(Record):
    """How surprising the effect is under a null distribution."""

    raw: float
    adjusted: float
    null: str
    """Which null table."""


class Agreement(Record):
    """k of n restarts show it."""

    k: int
    n: int


class Evidence(Record):
    """Something to look at."""

    artefact: str
    """Path inside the run directory."""
    origin: Literal["synthesised", "natural", "adversarial", "changed", "rendered"]
    caption: str


class Finding(Record):
    """One thing that a check saw."""

    check: str
    verdict: Literal["observed", "suspected", "verified", "refuted"]
    scope: Literal["model", "class", "pair", "layer"]
    classes: list[int]
    """Class indices: none for the model, one for a class, (A, B) for a pair."""
    title: str
    detail: str
    """All steps in a row, where there are some."""
    effect: Effect | None
    p: PValue | None
    agreement: Agreement | None
    evidence: list[Evidence]
    next_step: str
    fingerprint: str
    level: Literal["warn", "error"] | None = None
    """The most that this finding may do to a release, whatever the level of its check; None: as the check."""
    change: str | None = None
    """Id of the change of photographs that it is about: `audit probe` makes it again."""
    steps: list[str] = Field(default_factory=list[str])
    """From the suspicion to the verdict, "name: sentence" each."""


SEVERITY = {"verified": 3, "suspected": 2, "observed": 1, "refuted": 0}
"""Verdict of a finding → its weight where classes are ordered."""


class Suspect(Record):
    """A class to look at first, and why it stands where it stands."""

    class_index: int
    severity: int
    """Sum of `SEVERITY` over the findings that name the class."""
    rank_fusion: float
    """Sum over the checks' rankings of 1 / (10 + place): reciprocal rank fusion."""
    places: list[tuple[str, int]]
    """(check id, place in its ranking), best place first, places up to ten."""


class Ranked(Record):
    """One class in a check's ranking, most suspicious first."""

    class_index: int
    value: float
    note: str


class Limit(Record):
    """A number that a check judges by: its default, its bounds and what it means. Stands in the check alone;
    the configuration's [checks] and a policy's [limits] change it by its name."""

    name: str
    """A Python name that no other check uses for another limit."""
    default: float
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    help: str = ""
    """In one sentence, with the unit."""


class CheckMeta(Record):
    """What a check is, apart from any run. `id` is its file name with hyphens."""

    id: str
    title: str
    kind: Kind
    question: str
    """What it asks, in one sentence for a reader who is no specialist."""
    source: str
    """Paper and section, or "this project"."""
    unit: str
    """Unit of the ranking's values; empty for lints."""
    level: Literal["warn", "error"] = "error"
    """What a flag means where no policy says otherwise: a warning, or a release that should stop."""
    ranking: bool = False
    """Whether it only ranks, whatever it sees: there is no table of what clean networks show."""
    covers: list[str] = Field(default_factory=list[str])
    """Keys of the blind spots that it takes away where it can decide."""
    needs: tuple[str, ...] = ()
    """Stages, or sections of the results, without which it is not asked: "pictures", "photographs" ..."""
    limits: tuple[Limit, ...] = ()
    """What it judges by."""
    order: int = 100
    """Its place in the report: smaller ones, the graver, come first."""


class CheckResult(Record):
    """The one typed answer of a check."""

    meta: CheckMeta
    outcome: Outcome
    summary: str
    """One sentence: what was seen, or why nothing could be said."""
    gates: bool
    """Whether a policy may fail a release on it: never for a test without a null."""
    ranking: list[Ranked]
    findings: list[Finding]
    badges: dict[int, Badge] = Field(default_factory=dict[int, Badge])
    """Class index → whether its picture is reliable; of one check only."""

    @property
    def only_ranks(self) -> bool:
        """Whether it decides nothing by its nature; one that broke was not even a ranking."""
        return not self.gates and self.outcome != "error"


def fingerprint(check: str, class_ids: list[str]) -> str:
    """16 hex digits that stay the same from run to run: check and class ids, nothing else."""
    return hashlib.sha256("\0".join([check, *class_ids]).encode()).hexdigest()[:16]

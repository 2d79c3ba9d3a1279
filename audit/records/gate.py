"""What a policy says of a run."""

import datetime
from typing import Literal

from audit.records.findings import Outcome
from audit.records.record import Record
from audit.records.verdict import BlindSpot

GateEffect = Literal[
    "fails", "incomplete", "warns", "waived", "open", "ranks only, cannot gate", "passes", "off"
]
"""What a check's answer does to the release, gravest first. "incomplete": it broke, or could not decide and
is required to. "open": it could not decide, and need not."""

WaiverState = Literal["used", "not needed", "expired", "unknown class", "ambiguous class"]


class GatedCheck(Record):
    """One check under the policy."""

    check: str
    level: Literal["off", "warn", "error"]
    outcome: Outcome
    required: bool
    """Whether the policy asks that it decide."""
    effect: GateEffect
    why: str
    """The check's own sentence. May quote class names, control characters escaped."""
    flagged: list[str]
    """Classes whose flag stands, in quotes, control characters escaped; where two were flagged together, both
    in one text."""
    waived: list[str]
    """Those whose flag a waiver takes away."""


class GatedWaiver(Record):
    """One waiver of the policy."""

    check: str
    labels: list[str]
    """The class, or both of a pair, as the policy writes them. Untrusted text."""
    fingerprint: str | None
    """Of the finding, where the policy names that."""
    reason: str
    owner: str
    expires: datetime.date
    state: WaiverState
    """Only "used" changed something."""


class GateResult(Record):
    """A policy's answer."""

    schema_version: str
    policy: str
    run: str
    """The model of the run. Untrusted text."""
    audited: int
    classes: int
    """Classes that the run audited, of all that the network has."""
    coverage: float
    """Share of them that the policy asks for."""
    blind_spots: list[BlindSpot]
    """What no check of the run can see, whatever the answer."""
    outcome: Literal["holds", "failed", "incomplete"]
    exit_code: Literal[0, 1, 3]
    headline: str
    limits: dict[str, tuple[float, float]]
    """Limits that differ: name → (the run's, the policy's)."""
    checks: list[GatedCheck]
    """Gravest effect first."""
    waivers: list[GatedWaiver]

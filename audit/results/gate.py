"""What a policy says of a run."""

import datetime
from typing import Literal

from audit.results.base import Record
from audit.results.findings import Outcome

GateEffect = Literal[
    "fails", "incomplete", "warns", "waived", "open", "ranks only, cannot gate", "passes", "off"
]
"""What a check's answer does to the release, gravest first. "open": it could not decide, and its level is
"warn"; "warns" is said where the level is "error" but the policy lets the unsettled pass."""

WaiverState = Literal["used", "not needed", "expired", "unknown class", "ambiguous class"]


class GatedCheck(Record):
    """One check under the policy."""

    check: str
    level: Literal["off", "warn", "error"]
    outcome: Outcome
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
    label: str
    """The class as the policy writes it. Untrusted text."""
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
    outcome: Literal["holds", "failed", "incomplete"]
    exit_code: Literal[0, 1, 3]
    headline: str
    limits: dict[str, tuple[float, float]]
    """Limits that differ: name → (the run's, the policy's)."""
    checks: list[GatedCheck]
    """Gravest effect first."""
    waivers: list[GatedWaiver]

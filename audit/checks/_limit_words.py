"""What a decision over all classes says, in plain words."""

from collections.abc import Iterable, Sequence

from audit.checks._limit import LEVEL, Decision, restarts_needed, tolerated
from audit.checks._reader import count
from audit.records import PValue

CONFIDENCE = f"{1 - LEVEL:.0%} confidence"


def sentences(parts: Iterable[str]) -> str:
    """Each part as one sentence."""
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts)


def told(decision: Decision, counts: Sequence[tuple[int, int]], limit: float) -> str:
    """One sentence without its end: on what grounds the check answers, or what it takes to answer.

    `counts` are the mistaken restarts and restarts of each class, as they were decided on.
    """
    classes, above = count(len(counts), "class", "classes"), len(decision.above)
    if decision.outcome == "flagged":
        if decision.named:
            sure = len(decision.suspected)
            return (
                f"{sure:,} of these {'is' if sure == 1 else 'are'} certain (exact test, corrected by closed "
                f"testing: the chance that any of {classes} is named wrongly is at most {LEVEL:.0%})"
            )
        return (
            f"together these are more than chance explains in {classes} within the limit (exact test, "
            f"p = {decision.p:.2g}); which of them it is stays open{_more(decision, counts, limit)}"
        )
    if decision.outcome == "passed":
        number = f"at most {count(decision.at_most, 'class', 'classes')}" if decision.at_most else "no class"
        return f"{number} can lie beyond the limit ({CONFIDENCE})"
    if not decision.could_flag:
        fewest, needed = min(n for _, n in counts), restarts_needed(limit)
        can = f" ({needed} can: --set synthesis.restarts={needed})" if needed else ""
        return f"{count(fewest, 'restart')} per class {'is' if fewest == 1 else 'are'} too few to decide{can}"
    if above:
        return (
            f"chance may explain this among {classes} (exact test, p = {decision.p:.2g})"
            f"{_more(decision, counts, limit)}"
        )
    return (
        f"up to {count(decision.at_most, 'class', 'classes')} may lie beyond the limit ({CONFIDENCE}), "
        f"{count(tolerated(len(counts)), 'class', 'classes')} would pass; more restarts can tell: "
        f"--set synthesis.restarts={2 * max(n for _, n in counts)}"
    )


def p_value(decision: Decision, place: int, raw: float) -> PValue:
    """Of a class that is suspected."""
    tested = count(len(decision.above), "class", "classes")
    null = f"exact binomial at the limit, given a share above it; closed testing over {tested}"
    return PValue(raw=raw, adjusted=decision.adjusted[place], null=null)


def _more(decision: Decision, counts: Sequence[tuple[int, int]], limit: float) -> str:
    """How many restarts name the most mistaken class, if it stays so, among those above the limit."""
    tested = [counts[place] for place in decision.above]
    share, most = max(k / n for k, n in tested), max(n for _, n in tested)
    needed = restarts_needed(limit, share, len(tested), most)
    if needed is None:
        return "; their shares are too near the limit to be told from it"
    return f"; {needed} restarts can tell: --set synthesis.restarts={needed}"

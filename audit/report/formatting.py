"""Numbers and untrusted text as the reader sees them."""

import math

from markupsafe import Markup, escape

from audit.records import Proportion
from audit.text import clean as clean
from audit.text import plural as plural

OUTCOME_SYMBOLS = {
    "flagged": "▲",
    "passed": "✓",
    "not applicable": "–",
    "not run": "○",
    "inconclusive": "?",
    "error": "✕",
    "ranking": "≡",
}
BADGE_STYLES = {
    "picture reliable": ("●", "o-reliable"),
    "picture doubtful": ("◐", "o-inconclusive"),
    "picture misleading": ("✕", "o-flagged"),
    "picture not judged": ("○", "o-not-run"),
}
"""Symbol and style of what is said of a class's picture; never green, which would be read of the class."""
DIRECTION_SYMBOLS = {"for": "✓", "against": "✕", "unknown": "○"}
NOT_FINITE = "not finite"
"""For NaN and infinity: measured, and no number. What was not measured is a dash."""
FINDING_SYMBOLS = {"verified": "●", "suspected": "◐", "observed": "◔", "refuted": "○"}


def number(value: float | None, digits: int = 3) -> str:
    """`digits` significant digits with a true minus sign; a dash for nothing, words for what is no number."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return NOT_FINITE
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    places = max(0, digits - 1 - (math.floor(math.log10(abs(value))) if value else 0))
    return f"{value:,.{places}f}".replace("-", "−")


def percent(share: float | None) -> str:
    """A probability in per cent; never 100 or 0 where it is not."""
    if share is None:
        return "–"
    if not math.isfinite(share):
        return NOT_FINITE
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %"


def percentile(place: float | None) -> str:
    """Place in the baseline as a whole number; the ends say that they are ends."""
    if place is None or not math.isfinite(place):
        return "–"
    if place < 1:
        return "<1"
    if place > 99:
        return ">99"
    return f"{place:.0f}"


def duration(seconds: float) -> str:
    """Seconds for people."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def share(proportion: Proportion | None) -> str:
    """ "62.5 % (5 of 8; 95 % interval 24 to 91 %)"; a dash where nothing was counted."""
    if proportion is None or not proportion.n:
        return "–"
    low, high = (f"{100 * end:.0f}" for end in proportion.interval)
    return (
        f"{percent(proportion.value)} ({proportion.k:,} of {proportion.n:,}; 95 % interval {low} to {high} %)"
    )


def sentence(words: str) -> str:
    """The same with a capital first letter."""
    return words[:1].upper() + words[1:]


def code(words: str) -> Markup:
    """The same with what stands between backticks as code; everything is escaped."""
    parts = str(words).split("`")
    if len(parts) % 2 == 0:  # one backtick without another is only a character
        return escape(words)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def level(distance: float) -> str:
    """A distance in units of 1/255 as it was set: "2", "0.5"."""
    return f"{distance:g}"

"""Does a small patch turn photographs into one class, at one place or anywhere?

Seen: patches of about a hundredth of the area. Missed: triggers that act on one class only,
targets that differ from class to class (all-to-all), patches larger or much fainter than the fitted ones.
"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="localized-trigger",
    title="Small patches",
    kind="test",
    question="Does a small patch, wherever it stands, turn photographs into one class?",
    source="Wang et al., Neural Cleanse, IEEE S&P 2019; Brown et al. 2017, arXiv:1712.09665",
    unit="how far the class stands out, without unit",
    covers=["trigger"],
    needs=("probes",),
    limits=CHANCES,
    order=31,
)
FAMILIES = ("patch", "moving-patch", "checker")
WORDS = Words(
    cue="a small patch",
    without="",
    remedy="Look at the patch and search the training photographs of the class for it",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

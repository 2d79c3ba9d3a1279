"""Is one class raised or missed once the photograph is moved, flipped or turned?"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="position-reliance",
    title="Position",
    kind="test",
    question="Is one class raised or missed once the photograph is moved or turned?",
    source="Engstrom et al. 2019, arXiv:1712.02779",
    unit="how far the class stands out, without unit",
    covers=["position"],
    needs=("probes",),
    limits=CHANCES,
    order=38,
)
FAMILIES = ("position",)
WORDS = Words(
    cue="position",
    without="at another place",
    remedy="Train the class at varied places and sizes",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

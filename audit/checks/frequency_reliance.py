"""Is one class raised or missed once a band of frequencies is blurred or compressed away?"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="frequency-reliance",
    title="Fine detail",
    kind="test",
    question="Is one class raised or missed once fine detail is blurred or compressed?",
    source="Yin et al. 2019, arXiv:1906.08988",
    unit="how far the class stands out, without unit",
    covers=["frequency"],
    needs=("probes",),
    limits=CHANCES,
    order=37,
)
FAMILIES = ("band",)
WORDS = Words(
    cue="the loss of fine detail",
    without="without its fine detail",
    remedy="Look for compression or sharpness by which the training photographs of the class differ",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

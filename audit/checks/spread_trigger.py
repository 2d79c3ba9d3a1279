"""Does a faint change of the whole image turn photographs into one class?

Patterns within 24/255, blended images, sine waves, smooth warps and small filters. Missed: changes that
differ from image to image, that act on one class only, or that need more than such a budget.
"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="spread-trigger",
    title="Faint changes of the whole image",
    kind="test",
    question="Does a faint pattern, blend, warp or filter of the whole image turn photographs into a class?",
    source="Chen et al. 2017, arXiv:1712.05526; Nguyen and Tran, WaNet, ICLR 2021",
    unit="how far the class stands out, without unit",
    covers=["spread trigger"],
    needs=("probes",),
    limits=CHANCES,
    order=32,
)
FAMILIES = ("spread", "blend", "sinusoid", "warp", "filter", "wave")
WORDS = Words(
    cue="a faint change of the whole image",
    without="",
    remedy="Look at the pattern and search the training photographs of the class for it",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

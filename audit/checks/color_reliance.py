"""Does a tint raise one class, does its mean colour tell it, or is it missed in grey or in another hue?"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="color-reliance",
    title="Colour",
    kind="test",
    question="Does a tint raise one class, or does a class rest on its colour?",
    source="Geirhos et al. 2020, arXiv:2004.07780",
    unit="how far the class stands out, without unit",
    covers=["colour"],
    needs=("probes",),
    limits=CHANCES,
    order=35,
)
FAMILIES = ("cast", "color-map", "color", "tone")
WORDS = Words(
    cue="colour",
    without="without its colour",
    remedy="Train the class with varied colours and white balance",
    waive="waive this where the colour makes the class, as yellow does a banana",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

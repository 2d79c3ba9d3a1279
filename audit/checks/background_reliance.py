"""Does what surrounds the middle of a photograph raise or tell one class, or is one missed without it?

The middle is taken for the object. Missed: objects that stand elsewhere, and what always comes along with
them.
"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="background-reliance",
    title="Background",
    kind="test",
    question="Does what surrounds the middle raise or tell one class, or is a class missed without it?",
    source="Xiao et al., Noise or signal, ICLR 2021, arXiv:2006.09994",
    unit="how far the class stands out, without unit",
    covers=["background"],
    needs=("probes",),
    limits=CHANCES,
    order=39,
)
FAMILIES = ("surround",)
WORDS = Words(
    cue="the background",
    without="on another background",
    remedy="Train the class on varied backgrounds",
    waive="waive this where the surroundings belong to the class, as water does to a boat",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

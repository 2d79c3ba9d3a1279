"""Does a texture raise one class, or is a class missed once its parts are shuffled?"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="texture-reliance",
    title="Texture",
    kind="test",
    question="Does a texture raise one class, or is a class recognised from shuffled parts alone?",
    source="Geirhos et al. 2019, arXiv:1811.12231; Brendel and Bethge 2019, arXiv:1904.00760",
    unit="how far the class stands out, without unit",
    covers=["texture"],
    needs=("probes",),
    limits=CHANCES,
    order=36,
)
FAMILIES = ("texture", "shuffle")
WORDS = Words(
    cue="texture",
    without="with its parts shuffled",
    remedy="Train the class on varied surfaces, and with its parts in their order",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

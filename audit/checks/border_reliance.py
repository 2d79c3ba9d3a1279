"""Does a frame around a photograph raise one class, or does a class rest on what its borders show?"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="border-reliance",
    title="Borders",
    kind="test",
    question="Does a frame around a photograph raise one class, or do its edges tell one?",
    source="this project",
    unit="how far the class stands out, without unit",
    covers=["border"],
    needs=("probes",),
    limits=CHANCES,
    order=34,
)
FAMILIES = ("border",)
WORDS = Words(
    cue="a border",
    without="with its borders covered",
    remedy="Crop the training photographs of the class alike those of the others",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

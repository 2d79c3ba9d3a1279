"""Does writing on a photograph raise one class?

Short texts in several scripts at several places. Missed: logos, single marks unlike any of these strokes.
"""

from audit.checks._causal import answer
from audit.checks._causal_words import Words
from audit.checks._lacks import Lack, probing
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES
from audit.config import Config
from audit.records import CheckMeta, CheckResult, Results

META = CheckMeta(
    id="watermark",
    title="Watermarks and captions",
    kind="test",
    question="Does writing on a photograph raise one class?",
    source="Bykov et al. 2023, arXiv:2303.05498; Li et al., CVPR 2023, arXiv:2212.04825",
    unit="how far the class stands out, without unit",
    covers=["watermark"],
    needs=("probes",),
    limits=CHANCES,
    order=33,
)
FAMILIES = ("watermark",)
WORDS = Words(
    cue="writing on the photograph",
    without="",
    remedy="Search the training photographs of the class for watermarks and captions",
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    return probing(config, FAMILIES, photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that its causal test does not refute."""
    return answer(META, WORDS, FAMILIES, results, limits)

"""Can the picture that stands for a class be believed?

Each class gets a badge from evidence. Each piece speaks for the picture, against it, or is unknown where it
could not be measured; decisive evidence against makes the picture misleading by itself.

- answer: against where the picture shown, or most restarts, get less than `unreliable_probability`; decisive
  where that is certain of most restarts, all classes considered (`audit.checks._limit`).
- agreement of restarts: against under `unreliable_agreement`.
- control, one for all classes: against, decisively, where neither the own probability nor the agreement of a
  sample of classes is larger than in the same network with randomised weights (rank test, p < 0.01).
- layer_similarity: against where the penultimate features of the picture are less like photographs of the
  class than `unreliable_similarity`, on the scale of Geirhos et al. 2024; decisive under half of that, where
  the choice of photographs cannot explain that it is under the limit (t test over the class's photographs,
  Holm over classes: five photographs a class rarely decide).
- nearest_neighbour, where the class has too few photographs for that: for, where the picture has a photograph
  as near as photographs have; never against.
- inactive units ("silent units" in Geirhos et al. 2024): against, decisively, where channels that are
  inactive on photographs carry more than `unreliable_inactive` of a layer's activity, and more than they
  carry for one photograph in twenty.
- cut_and_paste: against where the centre of the picture, pasted into photographs of other classes, is
  predicted as the class in fewer than `unreliable_cut_and_paste` of them; decisive where it is lost for most
  classes (median under a quarter, and more than half of the classes by a sign test at 5 %).
- prior: against where the unconstrained picture's margin is larger by far more than for other classes.

"Picture misleading": decisive evidence against. "Picture doubtful": any other against. "Picture reliable":
none against, and for it the answer, one of agreement and control, and one of those that need photographs.
All else is "picture not judged": nothing speaks against the picture, but too little was measured, and
the check does not pass on it. All four speak of the picture: a reliable one shows what
drives the class, and that may be an arm.

As a limit the check holds one proportion, the share of restarts that do not convince the network; it also
flags where other evidence is decisive. Answer and layer_similarity each err in at most 5 % of networks,
whatever the number of classes; the limits of inactive units and cut_and_paste were measured on honest
networks.
"""

from collections import Counter
from collections.abc import Mapping
from typing import get_args

from audit.checks._badge import MAJORITY, badges, convinced, disagrees
from audit.checks._lacks import NO_PHOTOGRAPHS, Lack, restarts
from audit.checks._limit_values import Limits
from audit.checks._limit_words import sentences, told
from audit.checks._numbers import OUTLIER_Z, finite
from audit.checks._reader import Reader, count, pictures
from audit.config import Config
from audit.records import (
    Agreement,
    Badge,
    BadgeEvidence,
    BadgeState,
    CheckMeta,
    CheckResult,
    ClassResult,
    Effect,
    Finding,
    Limit,
    Proportion,
    Ranked,
    Results,
)

META = CheckMeta(
    id="unreliable-picture",
    title="Unreliable picture",
    kind="limit",
    question="Is the picture reliable evidence (confidence, repeatability, same internal features as "
    "photographs)?",
    source="Geirhos et al. 2024, arXiv:2306.04719; Adebayo et al. 2018, arXiv:1810.03292; Zhao, Small and "
    "Su 2019 (test over classes); interval: Clopper and Pearson 1934",
    unit="share of restarts with low confidence",
    needs=("pictures",),
    limits=(
        Limit(
            name="unreliable_probability",
            default=0.5,
            ge=0,
            le=1,
            help="A picture whose class gets a lower probability is unreliable.",
        ),
        Limit(
            name="unreliable_agreement",
            default=0.2,
            ge=-1,
            le=1,
            help="Restarts whose features agree less than this show different things.",
        ),
        Limit(
            name="unreliable_similarity",
            default=0.5,
            ge=0,
            le=1,
            help="Layer similarity to photographs (1 = of the class, 0 = of others) below which "
            "a picture is doubtful.",
        ),
        Limit(
            name="unreliable_inactive",
            default=0.3,
            ge=0,
            le=1,
            help="Share of a layer's activity, in channels that are inactive on photographs, "
            "above which a picture is misleading.",
        ),
        Limit(
            name="unreliable_cut_and_paste",
            default=0.125,
            ge=0,
            le=1,
            help="A picture whose centre is classified as its class in a smaller share of "
            "photographs is doubtful.",
        ),
        OUTLIER_Z,
    ),
    order=60,
)
TITLES = {
    "answer": "The network is not confident in its own picture of {}",
    "agreement": "Restarts for {} show different things",
    "layer_similarity": "The picture of {} activates different features than real photographs",
    "inactive units": "The picture of {} uses channels that are inactive on photographs",
    "cut_and_paste": "The picture of {} loses its class when pasted into photographs",
    "prior": "{} reaches a far larger margin when unconstrained",
}
"""Of a finding, by the first evidence against."""
UNITS = {
    "agreement": "mean cosine of the restarts' features",
    "layer_similarity": "similarity to photographs of the class (1 = typical photograph)",
    "inactive units": "share of a layer's activity",
    "cut_and_paste": "share of photographs classified as the class",
    "prior": "logits of margin more when unconstrained",
}
"""Of the effect, by the first evidence against."""
UNSETTLED = ("agreement", "layer_similarity", "cut_and_paste")
"""Doubts without an interval: they leave the question open."""
NEXT = {
    "layer_similarity": "Look at photographs of the class and not at this picture; then look for what in the "
    "network separates synthesised pictures from photographs",
    "cut_and_paste": "Look at photographs of the class and not at this picture; then look for what in the "
    "network separates whole synthesised pictures from photographs",
    "inactive units": "Remove the named channels, and see whether photographs keep their predictions",
}
LONGER = (
    "Use more steps and restarts before reading anything into this picture: "
    "--preset thorough, or --set synthesis.views=1152 --set synthesis.restarts=9"
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Restarts enough to settle a share, and photographs: without them no picture is reliable."""
    return restarts(config, MAJORITY) + ([] if photographs else [NO_PHOTOGRAPHS])


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a class with decisive evidence against its picture, or one for all from the control."""
    m = Reader(results)
    shares, decision = convinced(m, limits)
    if decision is None:
        summary = "No class has a picture regularised by the natural prior."
        return CheckResult(meta=META, outcome="not run", summary=summary, gates=True, ranking=[], findings=[])
    judged = [c for c in m.ordered if c.label.index in shares]
    given = badges(m, limits)
    found = [f for c in judged if (f := _finding(m, c, shares[c.label.index], given)) is not None]
    found.sort(key=lambda f: (f.verdict != "suspected", -shares[f.classes[0]].value, f.classes))
    control = _control(m, given)
    open_ = decision.outcome == "inconclusive"
    unjudged = sum(badge.state == "picture not judged" for badge in given.values())
    missing = len(m.results.classes) - len(judged)
    flagged = control is not None or any(f.verdict == "suspected" for f in found)
    doubted = any(p.name in UNSETTLED for badge in given.values() for p in _own(badge))
    disagreeing = any(disagrees(c, limits) for c in judged)
    parts = [_counted(given)]
    if control is not None:
        parts.append("the pictures are no more convincing than those of randomised weights")
    if disagreeing:
        number = sum(disagrees(c, limits) for c in judged)
        parts.append(
            f"restarts agree less than {limits.unreliable_agreement:g} in {count(number, 'class', 'classes')}"
        )
    if missing:
        parts.append(f"{count(missing, 'class has', 'classes have')} no picture")
    if unjudged and not flagged:
        parts.append(
            f"{count(unjudged, 'picture')} could not be judged"
            f"{'' if m.results.photographs else ' without photographs: --images FOLDER'}"
        )
    if not flagged or decision.outcome == "flagged":
        above = len(decision.above)
        number = count(above, "class has", "classes have") if above else "no class has"
        parts.append(f"{number} low confidence in more than {MAJORITY:.0%} of restarts (the limit)")
        parts.append(told(decision, [(s.k, s.n) for s in shares.values()], MAJORITY))
    ranking = [
        Ranked(class_index=i, value=s.value, note=f"{given[i].state}; {s}; agreement {_agreement_text(c)}")
        for c in judged
        for i, s in [(c.label.index, shares[c.label.index])]
        if s.k
        or given[i].state in ("picture doubtful", "picture misleading")  # a place would read as a doubt
    ]
    worth = {c.label.index: c.agreement if finite(c.agreement) else float("inf") for c in judged}
    ranking.sort(key=lambda r: (_weight(given[r.class_index]), -r.value, worth[r.class_index], r.class_index))
    unsettled = open_ or doubted or missing or unjudged
    return CheckResult(
        meta=META,
        outcome="flagged" if flagged else "inconclusive" if unsettled else "passed",
        summary=sentences(parts),
        gates=True,
        ranking=ranking,
        findings=[*([control] if control else []), *found],
        badges=given,
    )


def _own(badge: Badge) -> list[BadgeEvidence]:
    """Evidence against this class's picture, not against all pictures."""
    against = [p for p in badge.evidence if p.direction == "against" and p.name != "control"]
    return sorted(against, key=lambda p: not p.decisive)


def _others(badge: Badge) -> list[BadgeEvidence]:
    """What else a finding says: evidence for this class's picture, and whether restarts were compared."""
    said = [
        p
        for p in badge.evidence
        if p.direction == "for" or (p.name == "agreement" and p.direction == "unknown")
    ]
    return [p for p in said if p.name != "control"]


def _effect(piece: BadgeEvidence, share: Proportion) -> Effect | None:
    """The number behind the first evidence against."""
    if piece.name == "answer":
        return Effect(value=share.value, unit=META.unit, interval=share.interval)
    return None if piece.value is None else Effect(value=piece.value, unit=UNITS[piece.name], interval=None)


def _finding(m: Reader, result: ClassResult, share: Proportion, given: Mapping[int, Badge]) -> Finding | None:
    """What speaks against the class's picture; None where nothing does."""
    index = result.label.index
    against = _own(given[index])
    if not against:
        return None
    return m.finding(
        META,
        "suspected" if against[0].decisive else "observed",
        [index],
        title=TITLES[against[0].name].format(m.name(index)),
        detail=" ".join(p.text for p in [*against, *_others(given[index])]),
        effect=_effect(against[0], share),
        agreement=Agreement(k=share.k, n=share.n) if against[0].name == "answer" else None,
        evidence=[e for p in pictures(result, "natural")[:4] for e in m.evidence(p)],
        next_step=NEXT.get(against[0].name, LONGER),
    )


def _control(m: Reader, given: Mapping[int, Badge]) -> Finding | None:
    """One finding for the network where its pictures are no better than those of randomised weights."""
    piece = next((p for badge in given.values() for p in badge.evidence if p.name == "control"), None)
    if piece is None or piece.direction != "against":
        return None
    return m.finding(
        META,
        "suspected",
        [],
        title="The pictures are as convincing as those of the same network with randomised weights",
        detail=piece.text,
        next_step="Check that the weights were loaded and the network was trained; audit it with photographs",
    )


def _counted(given: Mapping[int, Badge]) -> str:
    """How many classes have which badge."""
    numbers = Counter(badge.state for badge in given.values())
    named = [
        f"{numbers[state]} {state.removeprefix('picture ')}"
        for state in get_args(BadgeState)
        if numbers[state]
    ]
    return f"{count(len(given), 'picture')}: {', '.join(named)}"


def _weight(badge: Badge) -> int:
    order = ("picture misleading", "picture doubtful", "picture not judged", "picture reliable")
    return order.index(badge.state)


def _agreement_text(result: ClassResult) -> str:
    return f"{result.agreement:.2f}" if finite(result.agreement) else "not measured"

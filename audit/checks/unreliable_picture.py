"""Can the picture that stands for a class be believed?

Each class gets a badge from pieces of evidence. Each votes for the picture, against it, or says nothing where
it could not be looked at; a decisive vote against forbids belief by itself.

- answer: against where the picture shown, or most restarts, get less than `unreliable_probability`; decisive
  where that is certain of most restarts, all classes considered (`audit.checks._limit`).
- agreement of restarts: against under `unreliable_agreement`.
- control, one for all classes: against, decisively, where neither the own probability nor the agreement of a
  sample of classes is larger than what the same network with shuffled weights reaches (rank test, p < 0.01).
- way: against where the penultimate features of the picture are less like photographs of the class than
  `unreliable_similarity`, on the scale of Geirhos et al. 2024; decisive under half of that, where the choice
  of photographs cannot explain that it is under the limit (t test over the class's photographs, Holm over
  classes: five photographs a class rarely decide).
- typical, where the class has too few photographs for that: for, where the picture has a photograph as near
  as photographs have; never against.
- silent units: against, decisively, where channels that no photograph drives carry more than
  `unreliable_silent` of a layer's activity, and more than they carry for one photograph in twenty.
- cut_and_paste: against where the middle of the picture, set into photographs of other classes, is answered
  as the class in fewer than `unreliable_cut_and_paste` of them; decisive where the answer is lost for most
  classes (median under a quarter, and more than half of the classes by a sign test at 5 %).
- prior: against where the network can be driven far further without prior than for other classes.

"Picture misleading": a decisive vote against. "Picture doubtful": any other vote against. "Picture reliable":
no vote against, and for it the answer, one of agreement and control, and one of those that need photographs.
All else is "picture not judged": nothing speaks
against the picture, but too little was looked at, and the check does not pass on it. All four
speak of the picture: a reliable one shows what drives the class, and that may be an arm.

As a limit the check holds one proportion, the share of restarts that do not convince the network; it also
flags where another decisive vote forbids belief. The votes of answer and way each err in at most 5 % of
networks, whatever the number of classes; the limits of silent units and cut_and_paste were measured on honest
networks.
"""

from collections import Counter
from collections.abc import Mapping
from typing import get_args

from audit.checks._badge import MAJORITY, badges, convinced, disagrees
from audit.checks._lacks import NO_PHOTOGRAPHS, Lack, restarts
from audit.checks._limit_values import Limits
from audit.checks._limit_words import told
from audit.checks._numbers import OUTLIER_Z, finite
from audit.checks._reader import Reader, count, pictures
from audit.config import Config
from audit.records import (
    Agreement,
    Badge,
    BadgeState,
    CheckMeta,
    CheckResult,
    ClassResult,
    Effect,
    Finding,
    Limit,
    Piece,
    Proportion,
    Ranked,
    Results,
)

META = CheckMeta(
    id="unreliable-picture",
    title="Unreliable picture",
    kind="limit",
    question="Is the network convinced by its own picture, do repeated drawings agree, and does the picture "
    "take the way through the network that photographs take?",
    source="Geirhos et al. 2024, arXiv:2306.04719; Adebayo et al. 2018, arXiv:1810.03292; Zhao, Small and "
    "Su 2019 (test over classes); interval: Clopper and Pearson 1934",
    unit="share of restarts not believed",
    needs=("pictures",),
    limits=(
        Limit(
            name="unreliable_probability",
            default=0.5,
            ge=0,
            le=1,
            help="A picture whose own class gets less is not believed.",
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
            help="A picture less like photographs of its class (1; of other classes 0) takes another way.",
        ),
        Limit(
            name="unreliable_silent",
            default=0.3,
            ge=0,
            le=1,
            help="Share of a layer's activity, in channels that no photograph drives, "
            "above which it is not believed.",
        ),
        Limit(
            name="unreliable_cut_and_paste",
            default=0.125,
            ge=0,
            le=1,
            help="A picture whose middle is answered as its class in a smaller share of "
            "photographs is doubtful.",
        ),
        OUTLIER_Z,
    ),
    order=60,
)
TITLES = {
    "answer": "The network is not convinced by its own picture of {}",
    "agreement": "Repeated drawings of {} show different things",
    "way": "The picture of {} takes another way through the network than its photographs",
    "silent units": "The picture of {} drives units that no photograph drives",
    "cut_and_paste": "The picture of {} loses its class among the pixels of photographs",
    "prior": "{} is driven far further without the natural prior",
}
"""Of a finding, by its first vote against."""
UNITS = {
    "agreement": "mean cosine of the restarts' features",
    "way": "likeness to the class's photographs (1: as they are to each other)",
    "silent units": "share of a layer's activity",
    "cut_and_paste": "share of photographs that hold its middle",
    "prior": "logits of margin more without the prior",
}
"""Of the effect, by the first vote against."""
UNSETTLED = ("agreement", "way", "cut_and_paste")
"""Doubts without an interval: they leave the question open."""
NEXT = {
    "way": "Look at photographs of the class and not at this picture; then look for what in the network "
    "tells drawn pictures from photographs",
    "cut_and_paste": "Look at photographs of the class and not at this picture; then look for what in the "
    "network tells whole drawn pictures from photographs",
    "silent units": "Look at the named channels: remove them, and see whether photographs keep their answers",
}
LONGER = (
    "Draw longer and more often before reading anything into this picture: "
    "--preset thorough, or --set synthesis.views=1152 --set synthesis.restarts=9"
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Restarts enough to settle a share, and photographs: without them no picture is reliable."""
    return restarts(config, MAJORITY) + ([] if photographs else [NO_PHOTOGRAPHS])


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a class with a decisive vote against its picture, or one for all from the control."""
    m = Reader(results)
    shares, decision = convinced(m, limits)
    if decision is None:
        summary = "No class has a picture under the natural prior."
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
        parts.append("the pictures are no more convincing than those of shuffled weights")
    if disagreeing:
        number = sum(disagrees(c, limits) for c in judged)
        parts.append(f"{number} with restarts that agree less than {limits.unreliable_agreement:g}")
    if missing:
        parts.append(f"{count(missing, 'class has', 'classes have')} no picture")
    if unjudged and not flagged:
        parts.append(
            f"of {count(unjudged, 'picture')} too little was looked at to judge "
            f"{'it' if unjudged == 1 else 'them'}{'' if m.results.photographs else ': --images FOLDER'}"
        )
    if not flagged or decision.outcome == "flagged":
        number = count(len(decision.above), "class", "classes")
        parts.append(f"{number} not convincing in more than {MAJORITY:.0%} of restarts, the limit")
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
        summary="; ".join(parts) + ".",
        gates=True,
        ranking=ranking,
        findings=[*([control] if control else []), *found],
        badges=given,
    )


def _own(badge: Badge) -> list[Piece]:
    """Votes against this class's picture, not against all pictures."""
    votes = [p for p in badge.pieces if p.vote == "against" and p.name != "control"]
    return sorted(votes, key=lambda p: not p.decisive)


def _others(badge: Badge) -> list[Piece]:
    """What else a finding says: votes for this class's picture, and whether restarts were compared."""
    said = [p for p in badge.pieces if p.vote == "for" or (p.name == "agreement" and p.vote == "unknown")]
    return [p for p in said if p.name != "control"]


def _effect(piece: Piece, share: Proportion) -> Effect | None:
    """The number behind the first vote against."""
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
    """One finding for the network where its pictures are no better than those of shuffled weights."""
    piece = next((p for badge in given.values() for p in badge.pieces if p.name == "control"), None)
    if piece is None or piece.vote != "against":
        return None
    return m.finding(
        META,
        "suspected",
        [],
        title="The pictures are as convincing as those of the same network with shuffled weights",
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

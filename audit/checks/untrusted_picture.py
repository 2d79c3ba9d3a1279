"""Can the picture that stands for a class be believed?

Each class gets a badge from pieces of evidence. Each votes for the picture, against it, or says nothing where
it could not be looked at; a decisive vote against forbids belief by itself.

- answer: against where the picture shown, or most restarts, get less than `untrusted_probability`; decisive
  where that is certain of most restarts (95 % interval above one half).
- agreement of restarts: against under `untrusted_agreement`.
- control, one for all classes: against, decisively, where neither the own probability nor the agreement of a
  sample of classes is larger than what the same network with shuffled weights reaches (rank test, p < 0.01).
- way: against where the penultimate features of the picture are less like photographs of the class than
  `untrusted_similarity`, on the scale of Geirhos et al. 2024; decisive under half of that.
- typical, where the class has too few photographs for that: for, where the picture has a photograph as near
  as photographs have; never against.
- silent units: against, decisively, where channels that no photograph drives carry more than
  `untrusted_silent` of a layer's activity, and more than they carry for one photograph in twenty.
- composites: against where the middle of the picture, set into photographs of other classes, is answered as
  the class in fewer than `untrusted_composites` of them; decisive where that is so of most classes.
- prior: against where the network can be driven far further without prior than for other classes.

"Do not believe": a decisive vote against. "Doubtful": any other vote against. "Trusted": no vote against, and
for it the answer, one of agreement and control, and one of those that need photographs. All else is "not
judged": nothing speaks against the picture, but too little was looked at.

As a limit the check holds one proportion, the share of restarts that do not convince the network; it also
flags where another decisive vote forbids belief.
"""

from collections import Counter
from collections.abc import Mapping
from typing import get_args

from audit.checks._badge import MAJORITY, badges, disagrees, unconvinced
from audit.checks._measurements import Measurements, count, pictures
from audit.checks._numbers import finite, restarts_to_settle
from audit.config import ChecksConfig
from audit.results import (
    Agreement,
    Badge,
    BadgeState,
    CheckMeta,
    CheckResult,
    ClassResult,
    Effect,
    Finding,
    Piece,
    Proportion,
    Ranked,
)

META = CheckMeta(
    id="untrusted-picture",
    title="Picture that cannot be trusted",
    kind="limit",
    question="Is the network convinced by its own picture, do repeated drawings agree, and does the picture "
    "take the way through the network that photographs take?",
    source="Geirhos et al. 2024, arXiv:2306.04719; Adebayo et al. 2018, arXiv:1810.03292; interval: Clopper "
    "and Pearson 1934",
    unit="share of restarts not believed",
)
TITLES = {
    "answer": "The network is not convinced by its own picture of {}",
    "agreement": "Repeated drawings of {} show different things",
    "way": "The picture of {} takes another way through the network than its photographs",
    "silent units": "The picture of {} drives units that no photograph drives",
    "composites": "The picture of {} loses its class among the pixels of photographs",
    "prior": "{} is driven far further without the natural prior",
}
"""Of a finding, by its first vote against."""
UNITS = {
    "agreement": "mean cosine of the restarts' features",
    "way": "likeness to the class's photographs (1: as they are to each other)",
    "silent units": "share of a layer's activity",
    "composites": "share of photographs that hold its middle",
    "prior": "logits of margin more without the prior",
}
"""Of the effect, by the first vote against."""
UNSETTLED = ("agreement", "way", "composites")
"""Doubts without an interval: they leave the question open."""
NEXT = {
    "way": "Look at photographs of the class and not at this picture; then look for what in the network "
    "tells drawn pictures from photographs",
    "composites": "Look at photographs of the class and not at this picture; then look for what in the "
    "network tells whole drawn pictures from photographs",
    "silent units": "Look at the named channels: remove them, and see whether photographs keep their answers",
}
LONGER = (
    "Draw longer and more often before reading anything into this picture: "
    "--preset thorough, or --set synthesis.views=1152 --set synthesis.restarts=9"
)


def evaluate(measurements: Measurements, config: ChecksConfig) -> CheckResult:
    """Flagged: a class with a decisive vote against its picture, or one for all from the control."""
    shares = {c.label.index: s for c in measurements.ordered if (s := unconvinced(c, config)) is not None}
    if not shares:
        summary = "No class has a picture under the natural prior."
        return CheckResult(meta=META, outcome="not run", summary=summary, gates=True, ranking=[], findings=[])
    judged = [c for c in measurements.ordered if c.label.index in shares]
    given = badges(measurements, config)
    found = [f for c in judged if (f := _finding(measurements, c, shares[c.label.index], given)) is not None]
    found.sort(key=lambda f: (f.verdict != "suspected", -shares[f.classes[0]].value, f.classes))
    control = _control(measurements, given)
    open_ = [i for i, s in shares.items() if not s.above(MAJORITY) and not s.below(MAJORITY)]
    missing = len(measurements.classes) - len(judged)
    flagged = control is not None or any(f.verdict == "suspected" for f in found)
    doubted = any(p.name in UNSETTLED for badge in given.values() for p in _own(badge))
    disagreeing = any(disagrees(c, config) for c in judged)
    parts = [_counted(given)]
    if control is not None:
        parts.append("the pictures are no more convincing than those of shuffled weights")
    if disagreeing:
        number = sum(disagrees(c, config) for c in judged)
        parts.append(f"{number} with restarts that agree less than {config.untrusted_agreement:g}")
    if missing:
        parts.append(f"{count(missing, 'class has', 'classes have')} no picture")
    if open_ and not flagged:
        parts.append(_too_few(shares, open_))
    ranking = [
        Ranked(class_index=i, value=s.value, note=f"{given[i].state}; {s}; agreement {_agreement_text(c)}")
        for c in judged
        for i, s in [(c.label.index, shares[c.label.index])]
        if s.k or given[i].state in ("doubtful", "do not believe")  # a place would read as a doubt
    ]
    worth = {c.label.index: c.agreement if finite(c.agreement) else float("inf") for c in judged}
    ranking.sort(key=lambda r: (_weight(given[r.class_index]), -r.value, worth[r.class_index], r.class_index))
    return CheckResult(
        meta=META,
        outcome="flagged" if flagged else "inconclusive" if open_ or doubted or missing else "passed",
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


def _finding(
    m: Measurements, result: ClassResult, share: Proportion, given: Mapping[int, Badge]
) -> Finding | None:
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


def _control(m: Measurements, given: Mapping[int, Badge]) -> Finding | None:
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
    named = [f"{numbers[state]} {state}" for state in get_args(BadgeState) if numbers[state]]
    return f"{count(len(given), 'picture')}: {', '.join(named)}"


def _weight(badge: Badge) -> int:
    order = ("do not believe", "doubtful", "not judged", "trusted")
    return order.index(badge.state)


def _agreement_text(result: ClassResult) -> str:
    return f"{result.agreement:.2f}" if finite(result.agreement) else "not measured"


def _too_few(shares: dict[int, Proportion], open_: list[int]) -> str:
    fewest, needed = min(shares[i].n for i in open_), restarts_to_settle(MAJORITY)
    if needed is not None and fewest < needed:
        return (
            f"{count(fewest, 'restart')} per class cannot settle a share against {MAJORITY:.0%} "
            f"({needed} can: --set synthesis.restarts={needed})"
        )
    return f"for {count(len(open_), 'class', 'classes')} the interval includes the limit of {MAJORITY:.0%}"

"""How many predictions flip under a change too small to see?

A share of the attacked images, held with its interval against a limit. Every flip was confirmed on the plain
network, so a flagged share is a fact about these images; a low share is only as good as the attack: images
whose gradient is zero could not be searched, and many of them make "not flipped" mean nothing.

Class pictures stand in where a run has no photographs. They were made to raise their class and lead by more
than photographs do, so flips of them weigh the more, and holding says nothing: there the check never passes.
"""

import math
from statistics import median

from audit.checks._lacks import NO_PHOTOGRAPHS, Lack
from audit.checks._limit import LEVEL
from audit.checks._limit_values import Limits
from audit.checks._limit_words import sentences
from audit.checks._numbers import MIN_CLASSES
from audit.checks._reader import Reader, chosen, count
from audit.config import Config
from audit.records import (
    AdversarialExample,
    CheckMeta,
    CheckResult,
    ClassFlips,
    Effect,
    Evidence,
    Finding,
    FlippedWithin,
    Limit,
    Proportion,
    Ranked,
    Results,
    Robustness,
)
from audit.records.findings import Outcome
from audit.records.robustness import within

META = CheckMeta(
    id="adversarial-robustness",
    title="Adversarial robustness",
    kind="limit",
    question="How many correct predictions does a change too small to see turn into wrong ones?",
    source="Madry et al. 2018, arXiv:1706.06083; interval: Clopper and Pearson 1934",
    unit="share of images flipped",
    level="warn",
    needs=("robustness",),
    limits=(
        Limit(
            name="robustness_epsilon",
            default=2.0,
            gt=0,
            help="Distance in units of 1/255 at which the share of flipped predictions is limited.",
        ),
        Limit(name="robustness_share", default=0.5, ge=0, le=1, help="That limit."),
    ),
    order=80,
)
ZERO_GRADIENT = 0.05
"""Share of images without gradient from which "not flipped" is unreliable."""
OUTSIZED = 3.0
"""How often an even share of the flips makes one class's share worth a finding."""
LEAST = 0.1
"""Share of all flips below which no class's share is outsized, however many classes there are."""
FOOLED, EQUAL = 0.9, 0.05
"""Unconstrained images of such a probability, and at most so far behind regularised ones, show that
confidence alone says nothing."""
SHOWN = 3
NEXT = (
    "Where somebody could gain by a wrong prediction, train with adversarial examples, or keep such images "
    "out; then audit again and compare the share"
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and an attack on them within the limit's distance."""
    if not photographs:
        return [NO_PHOTOGRAPHS]
    if not config.robustness.images:
        return [Lack("no image is attacked", "--set robustness.images=500")]
    if not config.robustness.attacks:
        return [Lack("no attack is named", '--set robustness.attacks=["minimum-norm-pgd"]')]
    distance = limits.robustness_epsilon
    if any(epsilon <= distance for epsilon in config.robustness.epsilons):
        return []
    setting = f"robustness.epsilons=[{distance:.0f}]" if distance >= 1 else "checks.robustness_epsilon=1"
    return [Lack(f"nothing is attacked within {distance:g}/255", f"--set {setting}")]


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: the whole interval of the share flipped at `robustness_epsilon` is above the limit."""
    m = Reader(results)
    seen = m.results.robustness
    assert seen is not None  # META.needs
    if not seen.correct:
        return _nothing(f"None of {_images(seen, seen.tried)} is classified correctly, so none was attacked.")
    if seen.incomplete and not any(each.flipped.n for each in seen.flipped_within):
        return _nothing(f"No attack ended: {_incomplete(seen)}.", "error")
    level = within(seen.flipped_within, limits.robustness_epsilon)
    if level is None:
        return _nothing(
            f"No image was attacked at {limits.robustness_epsilon:g}/255 or below; "
            f"tried: {', '.join(f'{each.epsilon:g}' for each in seen.flipped_within) or 'none'}."
        )
    share, limit = level.flipped, limits.robustness_share
    if not share.n:
        return _nothing("No attack of the L∞ norm was made.", "not run")
    unreliable = seen.zero_gradient > ZERO_GRADIENT * seen.correct
    outcome, reason = _outcome(seen, share, limit, unreliable)
    parts = [
        f"{share} of the attacked {_images(seen)} flip within {level.epsilon:g}/255, "
        f"limit {limit:.0%}{reason}"
    ]
    if level.epsilon != limits.robustness_epsilon:
        parts.append(
            f"{limits.robustness_epsilon:g}/255 was not tried, {level.epsilon:g}/255 is the largest below"
        )
    if level.robust_accuracy is not None:
        parts.append(
            f"robust accuracy {level.robust_accuracy.value:.0%} of {_images(seen, seen.tried)} tried"
        )
    if seen.incomplete:
        parts.append(f"not complete: {_incomplete(seen)}")
    if seen.not_confirmed:
        parts.append(
            f"{count(seen.not_confirmed, 'flip')} not confirmed on the plain network and not counted"
        )
    if seen.not_finite:
        parts.append(
            f"{count(seen.not_finite, 'image')} counted as flipped because the answer is no longer finite"
        )
    if fooling := _fooling(m):
        parts.append(fooling)
    found = [f for f in (_model(m, seen, level, outcome), _target(m, seen)) if f]
    return CheckResult(
        meta=META,
        outcome=outcome,
        summary=sentences(parts),
        gates=True,
        ranking=_ranking(seen, level.epsilon),
        findings=found,
    )


def _nothing(summary: str, outcome: Outcome = "not applicable") -> CheckResult:
    return CheckResult(meta=META, outcome=outcome, summary=summary, gates=True, ranking=[], findings=[])


def _outcome(seen: Robustness, share: Proportion, limit: float, unreliable: bool) -> tuple[Outcome, str]:
    if share.above(limit):
        return "flagged", ""
    if unreliable:
        hidden = f"{seen.zero_gradient} of {seen.correct}"
        return (
            "inconclusive",
            f"; unreliable: {hidden} have no gradient, which hides flips and prevents none",
        )
    if seen.incomplete:
        return "inconclusive", "; an attack that was asked for did not end as it should"
    if not share.below(limit):
        return "inconclusive", ", which the interval includes"
    if seen.source == "class pictures":
        return "inconclusive", "; class pictures are no photographs: give some with --images"
    return "passed", ""


def _incomplete(seen: Robustness) -> str:
    """Which attacks did not end as they should, and why."""
    return "; ".join(
        f"{attack.attack} failed ({attack.error})"
        if attack.error
        else f"{attack.attack} left its distance or [0, 1] on {count(attack.left_ball, 'image')}, "
        "which do not count"
        for attack in seen.incomplete
    )


def _model(m: Reader, seen: Robustness, level: FlippedWithin, outcome: Outcome) -> Finding | None:
    """How many flip at which level; None where the share is within the limit."""
    share = level.flipped
    if outcome == "passed" or not share.k:
        return None
    rows = ", ".join(f"{each.epsilon:g}/255: {each.flipped.value:.0%}" for each in seen.flipped_within)
    detail = f"Share of {_images(seen, seen.correct)} that flips within {rows}."
    if seen.median_distance is not None:
        detail += f" Half of them flip within {seen.median_distance * 255:.2g}/255 (float32)."
    detail += "".join(f" Attack: {attack.description}." for attack in seen.attacks if attack.images)
    where = " on class pictures" if seen.source == "class pictures" else ""
    confirmed = "verified" if seen.source == "photographs" else "suspected"
    small = sorted(
        (e for e in seen.examples if e.norm == "linf" and e.epsilon <= level.epsilon), key=_plainest
    )
    return m.finding(
        META,
        confirmed if outcome == "flagged" else "observed",
        [],
        title=f"{share.value:.0%} of correct predictions{where} flip within {level.epsilon:g}/255",
        detail=detail,
        effect=Effect(value=share.value, unit=META.unit, interval=share.interval),
        evidence=[evidence for example in small[:SHOWN] for evidence in _evidence(m, example)],
        next_step=NEXT,
    )


def _target(m: Reader, seen: Robustness) -> Finding | None:
    """The class that an outsized share of the flips goes into, as it may be a backdoor's target; None where
    labels are independent, for there a label goes off and nothing goes into another."""
    classes, flips = len(m.model.classes), sum(n for _, n in seen.predicted_after)
    if m.model.task == "multi-label" or classes < MIN_CLASSES or not flips:
        return None
    from scipy.special import bdtrc  # late: a policy is read in a moment without it

    index, n = seen.predicted_after[0]
    # Only images of other classes can flip into it.
    even = 1 / (classes - 1)
    share = Proportion.of(n, flips)
    # The first of all classes was looked out: its chance counts as often as there are classes (Bonferroni).
    if classes * float(bdtrc(n - 1, flips, max(OUTSIZED * even, LEAST))) > LEVEL:
        return None
    where = " of class pictures" if seen.source == "class pictures" else ""
    small = sorted(
        (e for e in seen.examples if e.norm == "linf" and e.predicted_after == index), key=_plainest
    )
    return m.finding(
        META,
        "observed",
        [index],
        title=f"Flips{where} go into {m.name(index)}",
        detail=f"{share} of the flips end there; an even share would be {even:.1%}.",
        effect=Effect(value=share.value, unit="share of flips", interval=share.interval),
        evidence=[evidence for example in small[:SHOWN] for evidence in _evidence(m, example)],
        next_step="Look at what margin-outlier says of this class: a class that everything flips into may be "
        "a backdoor's target, or the one for images without content",
    )


def _ranking(seen: Robustness, epsilon: float) -> list[Ranked]:
    """Classes with enough images, least robust first; equal shares by the distance that flips half."""
    judged = [(c, level) for c in seen.classes if c.enough and (level := within(c.flipped_within, epsilon))]
    judged.sort(key=lambda pair: (-pair[1].flipped.value, _distance(pair[0]), pair[0].class_index))
    return [
        Ranked(class_index=c.class_index, value=level.flipped.value, note=_note(c, level, seen))
        for c, level in judged
    ]


def _note(c: ClassFlips, level: FlippedWithin, seen: Robustness) -> str:
    where = ", class pictures" if seen.source == "class pictures" else ""
    half = f"; half flip within {c.median_distance * 255:.2g}/255" if c.median_distance is not None else ""
    return f"{level.flipped} within {level.epsilon:g}/255{where}{half}"


def _distance(c: ClassFlips) -> float:
    return math.inf if c.median_distance is None else c.median_distance


def _fooling(m: Reader) -> str:
    """How confident the network is in unconstrained images, beside regularised ones."""
    pairs = [
        (bare.probability, natural.probability)
        for c in m.ordered
        if (bare := chosen(c, "none")) is not None and (natural := chosen(c, "natural")) is not None
    ]
    if not pairs:
        return ""
    bare, natural = (median(column) for column in zip(*pairs, strict=True))
    nothing = bare >= FOOLED and bare >= natural - EQUAL
    return (
        f"unconstrained images reach a median probability of {bare:.2f}, regularised ones {natural:.2f}"
        f"{', so confidence alone says nothing' if nothing else ''}"
    )


def _evidence(m: Reader, example: AdversarialExample) -> list[Evidence]:
    """The image before, and after."""
    natural = example.origin == "natural"
    before = "Photograph" if natural else f"Picture synthesised for {m.name(example.label)}"
    after = "photograph" if natural else "class picture"
    return [
        Evidence(
            artefact=example.original,
            origin=example.origin,
            caption=f"{before}; classified as {m.name(example.label)} with probability "
            f"{example.probability_before:.2f}",
        ),
        Evidence(
            artefact=example.file,
            origin="adversarial",
            caption=f"The same {after}, adversarially changed by at most {example.epsilon:g}/255; "
            f"{_after(m, example)}",
        ),
    ]


def _after(m: Reader, example: AdversarialExample) -> str:
    """What the network says of the changed image."""
    if not math.isfinite(example.probability_after):
        return "the answer is not finite"
    if example.predicted_after is None:
        return f"{m.name(example.label)} only with probability {example.probability_after:.2f}"
    return f"classified as {m.name(example.predicted_after)} with probability {example.probability_after:.2f}"


def _plainest(example: AdversarialExample) -> tuple[float, float, str]:
    """Smallest change first, then the surest wrong answer."""
    return (example.epsilon, -example.probability_after, example.file)


def _images(seen: Robustness, n: int | None = None) -> str:
    noun = seen.source.removesuffix("s")
    return seen.source if n is None else count(n, noun)

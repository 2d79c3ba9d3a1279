"""Do photographs reach the network as it expects them, and are its outputs read by the right class list?

Every other way to prepare the photographs, or to read the outputs, is compared with the one that was given on
the same photographs: where both are equally good, each photograph that only one of them gets right is a fair
coin. That null is exact, so the check may stop a release.

Advised is the smallest set of changes that is not significantly worse than the best one: of all trials that
are better than what was given, those that the best one does not beat in the same paired test (McNemar, exact
and one-sided, p below `preprocessing_p`); of these the fewest changes, then the most right answers. A trial
that is right no more often than by chance is never advised; a network that is right by chance is called so
first.
"""

from collections import Counter
from collections.abc import Sequence

from audit.checks._lacks import NO_PHOTOGRAPHS, Lack
from audit.checks._limit_values import Limits
from audit.checks._paired import difference, holm
from audit.checks._reader import Reader, count
from audit.config import Config
from audit.records import (
    CheckMeta,
    CheckResult,
    Effect,
    Finding,
    Limit,
    PreprocessingTrials,
    Proportion,
    PValue,
    Results,
    Trial,
)
from audit.records.estimates import sign_test
from audit.records.findings import Outcome

META = CheckMeta(
    id="preprocessing",
    title="Wrong preprocessing or class list",
    kind="test",
    question="Do photographs reach the network as it expects them, and does the class list fit?",
    source="McNemar 1947, Psychometrika 12 (exact); Holm 1979, Scand. J. Statist. 6",
    unit="",
    needs=("photographs", "preprocessing"),
    limits=(
        Limit(
            name="preprocessing_p",
            default=0.01,
            gt=0,
            lt=1,
            help="Corrected p below which another preprocessing is better for certain.",
        ),
        Limit(
            name="preprocessing_gain",
            default=0.05,
            ge=0,
            le=1,
            help="Share of photographs by which it must be better to matter.",
        ),
    ),
    order=10,
)
WEIGHTS = {"channel order": 4.0, "scale": 4.0, "combination": 1.0, "geometry": 0.5, "labels": 0.5}
"""Share of the error that each kind of trial may use, split among its trials: much for mistakes that are
common and cost a few answers, little where the right trial gains nearly all photographs, or hardly any."""
BLIND = 0.25
"""Share of the photographs that a better path could gain unnoticed, above which nothing is said to pass."""
CHANCE = 0.01
"""p at which a network is right more often than by chance."""
UNTRAINED = "the network looks untrained, or trained on other classes than the list's"
CONFIDENT = 0.5
"""Mean probability of the first answer from which a network counts as confident."""


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs, and leave to try them."""
    if not photographs:
        return [NO_PHOTOGRAPHS]
    tried = config.preprocessing.photographs
    return [] if tried else [Lack("other preprocessing is not tested", "--set preprocessing.photographs=200")]


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: another path is better by `preprocessing_gain` at `preprocessing_p`, or the network is no
    better than chance."""
    m = Reader(results)
    tried = m.results.preprocessing
    assert tried is not None  # META.needs
    if not tried.trials:
        return _answer("inconclusive", "The preprocessing was not tested: no photograph could be used.")
    if not tried.labelled:
        return _answer(
            "inconclusive",
            f"{count(tried.photographs, 'photograph')} without labels cannot say which preprocessing is "
            "right: give --images a folder with one subfolder per class.",
        )
    as_given, others = tried.trials[0], tried.trials[1:]
    raw = [sign_test(trial.gained or 0, trial.lost or 0) for trial in others]
    weights = _weights(others)
    adjusted = dict(zip((id(trial) for trial in others), holm(raw, weights), strict=True))
    classes = len(m.model.classes)
    better = [
        trial
        for trial in others
        if adjusted[id(trial)] < limits.preprocessing_p
        and _gain(trial) >= max(1, limits.preprocessing_gain * tried.photographs)
        and _by_chance(trial, tried.photographs, classes) < CHANCE / len(others)
    ]
    right = Proportion.of(as_given.correct or 0, tried.photographs)
    if better:
        advised = _advised(better, limits)
        summary = (
            f"{right.k} of {count(right.n, 'photograph')} are classified correctly as given, "
            f"{advised.correct} with: {advised.name}."
        )
        found = _better(m, tried, advised, better, adjusted[id(advised)], limits)
        return _answer("flagged", summary, found)
    if _by_chance(as_given, right.n, classes) >= CHANCE:
        return _right_by_chance(m, right, as_given)
    return _decided(right, weights, limits)


def _advised(better: Sequence[Trial], limits: Limits) -> Trial:
    """The smallest set of changes that is not significantly worse than the best; one with flags, if any."""
    enough = [
        trial
        for trial in better
        if sign_test(trial.best_only or 0, trial.own_only or 0) >= limits.preprocessing_p
    ]
    named = [trial for trial in enough if trial.flags] or enough or better
    return min(named, key=lambda trial: (trial.changes, -(trial.correct or 0), -trial.confidence))


def _level(trial: Trial, classes: int) -> float:
    """Share that is right by chance: of that many classes, or of answers as frequent as these, if more."""
    return max(1 / classes, trial.by_chance or 0.0)


def _by_chance(trial: Trial, n: int, classes: int) -> float:
    """p that as many of `n` photographs or more are right by chance."""
    from scipy.special import bdtrc  # late: a policy is read in a moment without it

    return float(bdtrc((trial.correct or 0) - 1, n, _level(trial, classes)))


def _weights(trials: Sequence[Trial]) -> list[float]:
    """Of each trial: its kind's, split evenly."""
    kinds = Counter(trial.kind for trial in trials)
    return [WEIGHTS[trial.kind] / kinds[trial.kind] for trial in trials]


def _decided(right: Proportion, weights: Sequence[float], limits: Limits) -> CheckResult:
    """None is better for certain: passed, unless there are too few photographs to have noticed."""
    needed = _gains_needed(weights, limits.preprocessing_p)
    unseen = min(right.n - right.k, needed - 1) / right.n
    shown = f"{right.k} of {count(right.n, 'photograph')} are classified correctly"
    if unseen > BLIND:
        return _answer(
            "inconclusive",
            f"{shown}. With so few, another preprocessing that is correct on {unseen:.0%} more could go "
            "unnoticed.",
        )
    n = len(weights)
    none = "the other preprocessing does not do" if n == 1 else f"none of {n} other preprocessings does"
    return _answer("passed", f"{shown}; {none} significantly better.")


def _right_by_chance(m: Reader, right: Proportion, as_given: Trial) -> CheckResult:
    """As given the network is right as often as by chance, and nothing that was tried lifts it above."""
    level = _level(as_given, len(m.model.classes))
    seen = (
        f"{right.k} of {count(right.n, 'photograph')} are classified correctly, no more than by chance "
        f"({level:.1%} of them), and no other preprocessing or class list helps"
    )
    # So few photographs that a trained network could look the same.
    if right.interval[1] >= (1 + level) / 2:
        return _answer("inconclusive", f"{seen}; with so few nothing can be judged.")
    sure = as_given.confidence >= CONFIDENT and right.interval[1] < as_given.confidence
    detail = (
        f" It is confident (mean probability {as_given.confidence:.2f}): a class list in an order that no "
        "sorting makes looks like this too, and so do photographs in the wrong folders."
    )
    finding = m.finding(
        META,
        "suspected",
        [],
        title="The network is no better than chance on the photographs",
        detail=f"{seen}: {UNTRAINED}.{detail if sure else ''} No change of the preprocessing is advised.",
        effect=Effect(value=right.value, unit="share classified correctly", interval=right.interval),
        next_step="Load its trained weights with --weights, give the class list in the order of the "
        "network's outputs with --classes, and compare the names of the folders with it",
    )
    return _answer("flagged", f"{seen}: {UNTRAINED}.", finding)


def _better(
    m: Reader,
    tried: PreprocessingTrials,
    advised: Trial,
    better: Sequence[Trial],
    adjusted: float,
    limits: Limits,
) -> Finding:
    as_given, n = tried.trials[0], tried.photographs
    gained, lost = advised.gained or 0, advised.lost or 0
    change, interval = difference(n, as_given.correct or 0, gained, lost)
    rest = sorted((t for t in better if t is not advised), key=lambda t: (-(t.correct or 0), -t.confidence))
    also = "; ".join(f"{trial.name} ({trial.correct})" for trial in rest)
    what = (
        "The class list does not fit" if advised.kind == "labels" else "Photographs reach the network wrongly"
    )
    finding = m.finding(
        META,
        "verified" if interval[0] >= limits.preprocessing_gain else "suspected",
        [],
        title=f"{what}; better: {advised.name}",
        detail=f"{advised.correct} of {count(n, 'photograph')} are then classified correctly, "
        f"{as_given.correct} as given: {gained} gained, {lost} lost."
        + (f" Also better: {also}." if also else "")
        + (
            " What gets more right changes more, and is not significantly better."
            if any((trial.correct or 0) > (advised.correct or 0) for trial in rest)
            else ""
        ),
        effect=Effect(value=change, unit="share of photographs gained", interval=interval),
        next_step=f"Add to the command: {advised.flags}"
        if advised.flags
        else f"Give --classes a list with its {advised.name}",
    )
    null = (
        f"exact sign test on {gained + lost} photographs, weighted Holm over {len(tried.trials) - 1} trials"
    )
    return finding.model_copy(update={"p": PValue(raw=sign_test(gained, lost), adjusted=adjusted, null=null)})


def _gain(trial: Trial) -> int:
    return (trial.gained or 0) - (trial.lost or 0)


def _gains_needed(weights: Sequence[float], p: float) -> int:
    """Fewest photographs, all gained and none lost, with which any of the trials alone reaches p."""
    needed = 1
    while weights and sum(weights) / min(weights) * sign_test(needed, 0) >= p:
        needed += 1
    return needed


def _answer(outcome: Outcome, summary: str, *findings: Finding) -> CheckResult:
    return CheckResult(
        meta=META, outcome=outcome, summary=summary, gates=True, ranking=[], findings=list(findings)
    )

"""Can the picture that stands for a class be believed?

Two doubts: the network itself is not convinced by its own picture, or the restarts show different
things. The first is an estimate over restarts and is held against a limit; the agreement of restarts
comes without an interval, so it is reported and never flags.
"""

from audit.checks._measurements import Measurements, chosen, count, pictures
from audit.checks._numbers import finite, restarts_to_settle
from audit.config import ChecksConfig
from audit.results import Agreement, CheckMeta, CheckResult, ClassResult, Effect, Finding, Proportion, Ranked

META = CheckMeta(
    id="untrusted-picture",
    title="Picture that cannot be trusted",
    kind="limit",
    question="Is the network convinced by its own pictures, and do repeated drawings show the same thing?",
    source="this project; interval: Clopper and Pearson 1934",
    unit="share of restarts not believed",
)
MAJORITY = 0.5
"""The picture of a class is untrusted when more than half of all restarts would not be believed."""


def evaluate(measurements: Measurements, config: ChecksConfig) -> CheckResult:
    """Flagged: a class of whose restarts, with 95 % confidence, more than half are not believed."""
    shares = {c.label.index: s for c in measurements.ordered if (s := _unconvinced(c, config)) is not None}
    if not shares:
        summary = "No class has a picture under the natural prior."
        return CheckResult(meta=META, outcome="not run", summary=summary, gates=True, ranking=[], findings=[])
    judged = [c for c in measurements.ordered if c.label.index in shares]
    flagged = [i for i, s in shares.items() if s.above(MAJORITY)]
    open_ = [i for i, s in shares.items() if not s.above(MAJORITY) and not s.below(MAJORITY)]
    found = [f for c in judged if (f := _finding(measurements, c, shares[c.label.index], config)) is not None]
    found.sort(key=lambda f: (f.verdict != "suspected", -(f.effect.value if f.effect else 0.0), f.classes))
    disagreeing = sum(_disagrees(c, config) for c in judged)
    missing = len(measurements.classes) - len(judged)
    parts = [f"{count(len(found), 'class', 'classes')} of {len(judged)} with a doubtful picture"]
    if disagreeing:
        parts.append(
            f"{disagreeing} of them with restarts that agree less than {config.untrusted_agreement:g}"
        )
    if missing:
        parts.append(f"{count(missing, 'class has', 'classes have')} no picture")
    if open_ and not flagged:
        parts.append(_too_few(shares, open_))
    if flagged:
        outcome = "flagged"
    elif open_ or disagreeing or missing:
        outcome = "inconclusive"
    else:
        outcome = "passed"
    ranking = [
        Ranked(class_index=i, value=s.value, note=f"{s}; agreement {_agreement_text(c)}")
        for c in judged
        for i, s in [(c.label.index, shares[c.label.index])]
        if s.k or _disagrees(c, config)  # a place among classes without any doubt would read as one
    ]
    agreement = {c.label.index: c.agreement if finite(c.agreement) else None for c in judged}
    ranking.sort(key=lambda r: (-r.value, _or_inf(agreement[r.class_index]), r.class_index))
    return CheckResult(
        meta=META,
        outcome=outcome,
        summary="; ".join(parts) + ".",
        gates=True,
        ranking=ranking,
        findings=found,
    )


def _believed(probability: float, config: ChecksConfig) -> bool:
    return finite(probability) and probability >= config.untrusted_probability


def _unconvinced(result: ClassResult, config: ChecksConfig) -> Proportion | None:
    drawn = pictures(result, "natural")
    if not drawn:
        return None
    return Proportion.of(sum(not _believed(p.probability, config) for p in drawn), len(drawn))


def _disagrees(result: ClassResult, config: ChecksConfig) -> bool:
    return finite(result.agreement) and result.agreement < config.untrusted_agreement


def _finding(m: Measurements, result: ClassResult, share: Proportion, config: ChecksConfig) -> Finding | None:
    """A doubt about the picture shown, or about most restarts; None where there is none."""
    shown = chosen(result, "natural")
    weak = shown is not None and not _believed(shown.probability, config)
    disagrees = _disagrees(result, config)
    if not (weak or disagrees or share.value > MAJORITY):
        return None
    name = m.name(result.label.index)
    title = (
        f"The network is not convinced by its own picture of {name}"
        if weak or share.value > MAJORITY
        else f"Repeated drawings of {name} show different things"
    )
    detail = f"Own probability under {config.untrusted_probability:g} in {share} restarts."
    if shown is not None:
        detail += f" The picture shown gets {shown.probability:.3g}."
    detail += f" Agreement of the restarts: {_agreement_text(result)}"
    detail += f", under the limit of {config.untrusted_agreement:g}." if disagrees else "."
    return m.finding(
        META,
        "suspected" if share.above(MAJORITY) else "observed",
        [result.label.index],
        title=title,
        detail=detail,
        effect=Effect(value=share.value, unit=META.unit, interval=share.interval),
        agreement=Agreement(k=share.k, n=share.n),
        evidence=[e for p in pictures(result, "natural")[:4] for e in m.evidence(p)],
        next_step="Draw longer and more often before reading anything into this picture: "
        "--config thorough, or --set synthesis.views=1152 --set synthesis.restarts=9",
    )


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


def _or_inf(value: float | None) -> float:
    return float("inf") if value is None else value

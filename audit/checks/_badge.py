"""The evidence for and against each picture, and the badge that follows from it.

The rule stands in `audit.checks.unreliable_picture`.
"""

from collections.abc import Mapping
from statistics import median

from audit.checks._limit import LEVEL, Decision, decide
from audit.checks._limit_values import Limits
from audit.checks._numbers import MIN_CLASSES, finite, robust_z, z_limit
from audit.checks._paired import holm
from audit.checks._reader import Reader, chosen, count, pictures
from audit.records import Badge, BadgeEvidence, BadgeState, ClassResult, Direction, Proportion

MAJORITY = 0.5
"""The picture of a class is misleading when more than half of all restarts would not convince."""
REPEATED = ("agreement", "control")
"""Evidence on whether drawing again gives the same."""
NATURAL = ("layer_similarity", "nearest_neighbour", "inactive units")
"""Evidence that needs photographs."""
CONTROL_P = 0.01
FEWEST_PHOTOGRAPHS = 30
"""Below so many, what no photograph does says nothing."""
FEW_SURVIVE = 0.25
"""Median share of cut_and_paste below which a network recognises its pictures by other features than
photographs."""
NEAREST_NEIGHBOUR = 0.01
"""A picture is typical where at least this share of photographs has no closer nearest neighbour."""


def badges(m: Reader, limits: Limits) -> dict[int, Badge]:
    """The badge of every class that has a picture under the natural prior."""
    gaps, control = _gaps(m, limits), _control(m)
    usual, unlike = _usual_cut_and_paste(m), _unlike(m, limits)
    shares, decision = convinced(m, limits)
    order = list(shares)
    suspected = {order[place] for place in decision.suspected} if decision else set[int]()
    found: dict[int, Badge] = {}
    for result in m.ordered:
        if pictures(result, "natural"):
            evidence = [
                _answer(result, result.label.index in suspected, limits),
                _agreement(result, limits),
                control,
                *_natural(m, result, unlike, limits),
                _cut_and_paste(result, usual, limits),
                gaps.get(
                    result.label.index,
                    _evidence("prior", "unknown", None, "No unconstrained picture was generated."),
                ),
            ]
            found[result.label.index] = Badge(state=state(evidence), evidence=evidence)
    return found


def state(evidence: list[BadgeEvidence]) -> BadgeState:
    """The rule."""
    if any(p.direction == "against" and p.decisive for p in evidence):
        return "picture misleading"
    if any(p.direction == "against" for p in evidence):
        return "picture doubtful"
    holds = {p.name for p in evidence if p.direction == "for"}
    if "answer" in holds and holds & set(REPEATED) and holds & set(NATURAL):
        return "picture reliable"
    return "picture not judged"


def convinced(m: Reader, limits: Limits) -> tuple[dict[int, Proportion], Decision | None]:
    """Class → its unconvinced restarts, for those with a picture, and what they say of all classes."""
    shares = {c.label.index: s for c in m.ordered if (s := unconvinced(c, limits)) is not None}
    return shares, decide([(s.k, s.n) for s in shares.values()], MAJORITY) if shares else None


def unconvinced(result: ClassResult, limits: Limits) -> Proportion | None:
    """Restarts whose own probability is under the limit; None without pictures."""
    drawn = pictures(result, "natural")
    if not drawn:
        return None
    return Proportion.of(sum(not believed(p.probability, limits) for p in drawn), len(drawn))


def believed(probability: float, limits: Limits) -> bool:
    """Whether the network is convinced; never by what is no number."""
    return finite(probability) and probability >= limits.unreliable_probability


def disagrees(result: ClassResult, limits: Limits) -> bool:
    """Whether restarts are known to show different things."""
    return finite(result.agreement) and result.agreement < limits.unreliable_agreement


def _evidence(
    name: str, direction: Direction, value: float | None, text: str, *, decisive: bool = False
) -> BadgeEvidence:
    return BadgeEvidence(
        name=name, direction=direction, decisive=decisive, value=value if finite(value) else None, text=text
    )


def _answer(result: ClassResult, certain: bool, limits: Limits) -> BadgeEvidence:
    share, shown = unconvinced(result, limits), chosen(result, "natural")
    assert share is not None
    value = shown.probability if shown else None
    weak = certain or share.value > MAJORITY or (value is not None and not believed(value, limits))
    text = "The class has no picture" if value is None else f"Probability of the class: {value:.3g}"
    if share.n > 1:
        text += f"; below {limits.unreliable_probability:g} in {share.k} of {share.n} restarts"
    return _evidence("answer", "against" if weak else "for", value, f"{text}.", decisive=certain)


def _agreement(result: ClassResult, limits: Limits) -> BadgeEvidence:
    value = result.agreement
    if not finite(value):
        return _evidence(
            "agreement", "unknown", None, "One restart, or too few classes: agreement was not measured."
        )
    if disagrees(result, limits):
        text = f"Agreement of restarts: {value:.2f}, below the limit of {limits.unreliable_agreement:g}."
        return _evidence("agreement", "against", value, text)
    return _evidence("agreement", "for", value, f"Agreement of restarts: {value:.2f}.")


def _control(m: Reader) -> BadgeEvidence:
    control = m.results.reliability.control if m.results.reliability else None
    if control is None or control.classes < MIN_CLASSES:
        return _evidence("control", "unknown", None, "The network was not compared with randomised weights.")
    kinds = {"probability": control.probability, "agreement": control.agreement}
    told = [
        f"{name} {c.control:.2f} (trained: {c.network:.2f})" for name, c in kinds.items() if c is not None
    ]
    # Two numbers are tried, so each at half the level.
    better = any(c is not None and c.p < CONTROL_P / len(told) for c in kinds.values())
    text = f"The same network with randomised weights, {count(control.classes, 'class', 'classes')}: "
    text += "; ".join(told)
    text += "." if better else ". The trained network's pictures are not significantly more convincing."
    direction = "for" if better else "against"
    return _evidence("control", direction, control.probability.p, text, decisive=not better)


def _unlike(m: Reader, limits: Limits) -> dict[int, float]:
    """Class → p of its picture's layer similarity, were it at the limit; corrected over classes.

    By Student's t over the photographs of the class (jackknife), and Holm. Classes whose error is unknown are
    missing, but counted.
    """
    from scipy.special import stdtr  # late: a policy is read in a moment without it

    last = {c.label.index: c.path[-1] for c in m.ordered if c.path and c.path[-1].similarity is not None}
    raw = [1.0] * len(last)
    for place, p in enumerate(last.values()):
        if p.similarity is not None and finite(p.similarity_error) and p.photographs > 2:
            # Photographs that are all alike leave no error; rounding does.
            t = (p.similarity - limits.unreliable_similarity) / max(p.similarity_error, 1e-6)
            raw[place] = float(stdtr(p.photographs - 1, t))
    adjusted = dict(zip(last, holm(raw), strict=True))
    return {index: p for index, p in adjusted.items() if finite(last[index].similarity_error)}


def _natural(
    m: Reader, result: ClassResult, unlike: Mapping[int, float], limits: Limits
) -> list[BadgeEvidence]:
    """The picture's internal features against those of photographs."""
    if not result.path or m.results.reliability is None:
        why = "No photographs: whether the picture activates the same features is unknown."
        return [_evidence("layer_similarity", "unknown", None, why)]
    return [
        _layer_similarity(m, result, unlike.get(result.label.index), limits),
        _inactive_units(m, result, limits),
    ]


def _layer_similarity(m: Reader, result: ClassResult, p: float | None, limits: Limits) -> BadgeEvidence:
    assert m.results.reliability is not None
    last = result.path[-1]
    own = " (labels are its own answers)" if m.results.reliability.labels == "own answers" else ""
    if finite(last.similarity):
        value, limit = last.similarity, limits.unreliable_similarity
        deeper = [p.similarity for p in result.path[len(result.path) // 2 :] if p.similarity is not None]
        text = (
            f"Similarity of the {last.layer} to photographs of the class{own}: {value:.2f} (1 = typical "
            f"photograph, 0 = another class). Median of the deeper half of the layers: {median(deeper):.2f}."
        )
        if value >= limit:
            return _evidence("layer_similarity", "for", value, text)
        certain = p is not None and p <= LEVEL
        told = "not possible" if p is None else f"p = {p:.2g}, corrected for the number of classes"
        of = count(last.photographs, "photograph") if last.photographs else "photographs"
        text += f" Below the limit of {limit:g} (t test over {of}: {told})."
        return _evidence("layer_similarity", "against", value, text, decisive=certain and value < limit / 2)
    if m.results.reliability.photographs < FEWEST_PHOTOGRAPHS:
        why = "Too few photographs to compare the picture with."
        return _evidence("nearest_neighbour", "unknown", None, why)
    text = (
        f"Too few photographs of the class. In the {last.layer}, {last.nearest_percentile:.0%} of "
        f"{count(m.results.reliability.photographs, 'photograph')} have no closer nearest neighbour than the "
        "picture."
    )
    direction = "for" if last.nearest_percentile >= NEAREST_NEIGHBOUR else "unknown"
    return _evidence("nearest_neighbour", direction, last.nearest_percentile, text)


def _inactive_units(m: Reader, result: ClassResult, limits: Limits) -> BadgeEvidence:
    assert m.results.reliability is not None
    if m.results.reliability.photographs < FEWEST_PHOTOGRAPHS:
        text = f"Fewer than {FEWEST_PHOTOGRAPHS} photographs: channels that are inactive on all are unknown."
        return _evidence("inactive units", "unknown", None, text)
    chance = {layer.layer: layer.inactive for layer in m.results.reliability.layers}
    worst = max(result.path, key=lambda p: p.inactive - chance[p.layer])
    beyond = worst.inactive > max(limits.unreliable_inactive, chance[worst.layer])
    most = max(p.inactive for p in result.path)
    value = worst.inactive if beyond else most
    text = "No layer uses channels that are inactive on photographs"
    if most:
        told = f"At most {most:.0%}" if round(100 * most) else "Less than 1%"
        text = f"{told} of a layer's activity is in channels that are inactive on photographs"
    if beyond:
        named = ", ".join(map(str, worst.channels))
        channels = "channel" if len(worst.channels) == 1 else "channels"
        text = (
            f"Layer {worst.layer}: {worst.inactive:.0%} of the activity is in channels that are inactive on "
            f"photographs ({channels} {named}); one photograph in twenty reaches {chance[worst.layer]:.0%}"
        )
    return _evidence("inactive units", "against" if beyond else "for", value, f"{text}.", decisive=beyond)


def _usual_cut_and_paste(m: Reader) -> tuple[float, bool] | None:
    """Median share over classes, and whether most classes fail for certain (sign test); None with too few."""
    from scipy.special import bdtrc  # late: a policy is read in a moment without it

    shares = [c.cut_and_paste.value for c in m.ordered if c.cut_and_paste is not None]
    if len(shares) < MIN_CLASSES:
        return None
    failing = sum(share < MAJORITY for share in shares)
    most = failing > 0 and float(bdtrc(failing - 1, len(shares), 0.5)) <= LEVEL
    return median(shares), most


def _cut_and_paste(result: ClassResult, usual: tuple[float, bool] | None, limits: Limits) -> BadgeEvidence:
    """Whether the class is still predicted where the centre of the picture is pasted into photographs."""
    share = result.cut_and_paste
    if share is None:
        return _evidence("cut_and_paste", "unknown", None, "Not tested: no photographs, or too few.")
    fails = usual is not None and usual[0] < FEW_SURVIVE and share.value < MAJORITY
    weak = fails or share.value < limits.unreliable_cut_and_paste
    text = (
        f"Its centre pasted into {count(share.n, 'photograph')} of other classes: {share.k} "
        f"{'is' if share.k == 1 else 'are'} then classified as this class"
    )
    if usual is not None:
        text += f" (median of all classes: {usual[0]:.0%})"
    if fails:
        text += ". The network recognises synthesised pictures by other features than photographs"
    direction = "against" if weak else "for"
    certain = fails and usual is not None and usual[1]
    return _evidence("cut_and_paste", direction, share.value, f"{text}.", decisive=certain)


def _gaps(m: Reader, limits: Limits) -> dict[int, BadgeEvidence]:
    """How much larger the margin of the unconstrained picture is, class against class."""
    gaps: dict[int, float] = {}
    reached: dict[int, float] = {}
    for result in m.ordered:
        natural, free = chosen(result, "natural"), chosen(result, "none")
        if natural and free and finite(m.decision_margin(natural)) and finite(m.decision_margin(free)):
            gaps[result.label.index] = m.decision_margin(free) - m.decision_margin(natural)
            reached[result.label.index] = m.decision_margin(natural)
    if len(gaps) < MIN_CLASSES:
        return {}
    scores = dict(zip(gaps, robust_z(list(gaps.values())), strict=True))
    limit = z_limit(limits.outlier_z, len(gaps), len(gaps))
    found: dict[int, BadgeEvidence] = {}
    for index, gap in gaps.items():
        far = scores[index] > limit
        side = "higher" if gap >= 0 else "lower"
        text = f"The unconstrained picture has a margin {abs(gap):.3g} logits {side}" + (
            ". That is far more than for other classes: most of what drives the class is not natural."
            if far
            else f" (median of all classes: {median(gaps.values()):+.3g})."
        )
        missed = reached[index] <= 0
        direction = "against" if far else "unknown" if missed else "for"
        found[index] = _evidence("prior", direction, gap, text)
    return found

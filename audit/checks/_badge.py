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
from audit.records import Badge, BadgeState, ClassResult, Piece, Proportion, Vote

MAJORITY = 0.5
"""The picture of a class is untrusted when more than half of all restarts would not be believed."""
REPEATED, NATURAL = ("agreement", "control"), ("way", "typical", "silent units")
"""Pieces that say whether drawing again gives the same, and those that need photographs."""
CONTROL_P = 0.01
FEWEST_PHOTOGRAPHS = 30
"""Below so many, what no photograph does says nothing."""
FEW_SURVIVE = 0.25
"""Median share of cut_and_paste below which a network's pictures in general are answered by another way."""
TYPICAL = 0.01
"""A way that fewer photographs are as lonely on is not theirs."""


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
            pieces = [
                _answer(result, result.label.index in suspected, limits),
                _agreement(result, limits),
                control,
                *_natural(m, result, unlike, limits),
                _cut_and_paste(result, usual, limits),
                gaps.get(result.label.index, _piece("prior", "unknown", None, "Not drawn without prior.")),
            ]
            found[result.label.index] = Badge(state=state(pieces), pieces=pieces)
    return found


def state(pieces: list[Piece]) -> BadgeState:
    """The rule."""
    if any(p.vote == "against" and p.decisive for p in pieces):
        return "picture misleading"
    if any(p.vote == "against" for p in pieces):
        return "picture doubtful"
    holds = {p.name for p in pieces if p.vote == "for"}
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


def _piece(name: str, vote: Vote, value: float | None, text: str, *, decisive: bool = False) -> Piece:
    return Piece(name=name, vote=vote, decisive=decisive, value=value if finite(value) else None, text=text)


def _answer(result: ClassResult, certain: bool, limits: Limits) -> Piece:
    share, shown = unconvinced(result, limits), chosen(result, "natural")
    assert share is not None
    value = shown.probability if shown else None
    weak = certain or share.value > MAJORITY or (value is not None and not believed(value, limits))
    text = (
        "The network has no picture to stand for the class"
        if value is None
        else f"Own probability {value:.3g}"
    )
    if share.n > 1:
        text += f"; under {limits.unreliable_probability:g} in {share.k} of {share.n} restarts"
    return _piece("answer", "against" if weak else "for", value, f"{text}.", decisive=certain)


def _agreement(result: ClassResult, limits: Limits) -> Piece:
    value = result.agreement
    if not finite(value):
        return _piece("agreement", "unknown", None, "Drawn once, or too few classes: agreement not measured.")
    if disagrees(result, limits):
        text = f"Restarts agree by {value:.2f}, under the limit of {limits.unreliable_agreement:g}."
        return _piece("agreement", "against", value, text)
    return _piece("agreement", "for", value, f"Restarts agree by {value:.2f}.")


def _control(m: Reader) -> Piece:
    control = m.results.reliability.control if m.results.reliability else None
    if control is None or control.classes < MIN_CLASSES:
        return _piece("control", "unknown", None, "No network with shuffled weights to compare with.")
    kinds = {"own probability": control.probability, "agreement": control.agreement}
    told = [f"{name} {c.network:.2f} against {c.control:.2f}" for name, c in kinds.items() if c is not None]
    # Two numbers are tried, so each at half the level.
    better = any(c is not None and c.p < CONTROL_P / len(told) for c in kinds.values())
    text = f"The same network with shuffled weights, {count(control.classes, 'class', 'classes')}: "
    text += "; ".join(told)
    text += "." if better else ": what it draws is as convincing without anything learned."
    vote = "for" if better else "against"
    return _piece("control", vote, control.probability.p, text, decisive=not better)


def _unlike(m: Reader, limits: Limits) -> dict[int, float]:
    """Class → p of its picture's likeness to its photographs, were it at the limit; corrected over classes.

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


def _natural(m: Reader, result: ClassResult, unlike: Mapping[int, float], limits: Limits) -> list[Piece]:
    """The picture's way through the network against that of photographs."""
    if not result.path or m.results.reliability is None:
        why = "No photographs: whether the picture takes their way through the network is unknown."
        return [_piece("way", "unknown", None, why)]
    return [_way(m, result, unlike.get(result.label.index), limits), _silent(m, result, limits)]


def _way(m: Reader, result: ClassResult, p: float | None, limits: Limits) -> Piece:
    assert m.results.reliability is not None
    last = result.path[-1]
    own = " (labels are its own answers)" if m.results.reliability.labels == "own answers" else ""
    if finite(last.similarity):
        value, limit = last.similarity, limits.unreliable_similarity
        deeper = [p.similarity for p in result.path[len(result.path) // 2 :] if p.similarity is not None]
        text = (
            f"In the {last.layer} its likeness to photographs of the class{own} is {value:.2f}, on a scale "
            f"from 0 (photographs of other classes) to 1 (of the class); median of the deeper half of "
            f"the layers {median(deeper):.2f}."
        )
        if value >= limit:
            return _piece("way", "for", value, text)
        certain = p is not None and p <= LEVEL
        told = "not measured" if p is None else f"p = {p:.2g}, corrected for the number of classes"
        of = count(last.photographs, "photograph") if last.photographs else "photographs"
        text += f" Chance that the choice of {of} alone brings it under {limit:g}: {told}."
        return _piece("way", "against", value, text, decisive=certain and value < limit / 2)
    if m.results.reliability.photographs < FEWEST_PHOTOGRAPHS:
        return _piece("typical", "unknown", None, "Too few photographs to compare the picture's way with.")
    text = (
        f"Too few photographs of the class. In the {last.layer} {last.typical:.0%} of "
        f"{count(m.results.reliability.photographs, 'photograph')} are no nearer to any other than the "
        "picture is to one."
    )
    return _piece("typical", "for" if last.typical >= TYPICAL else "unknown", last.typical, text)


def _silent(m: Reader, result: ClassResult, limits: Limits) -> Piece:
    assert m.results.reliability is not None
    if m.results.reliability.photographs < FEWEST_PHOTOGRAPHS:
        text = f"Fewer than {FEWEST_PHOTOGRAPHS} photographs: units that none of them drives are unknown."
        return _piece("silent units", "unknown", None, text)
    chance = {layer.layer: layer.silent for layer in m.results.reliability.layers}
    worst = max(result.path, key=lambda p: p.silent - chance[p.layer])
    beyond = worst.silent > max(limits.unreliable_silent, chance[worst.layer])
    text = f"At most {worst.silent:.0%} of a layer's activity is in channels that no photograph drives"
    if beyond:
        named = ", ".join(map(str, worst.channels))
        text = (
            f"In layer {worst.layer}, {worst.silent:.0%} of the activity is in channels that no photograph "
            f"drives (number {named}); of photographs, one in twenty reaches {chance[worst.layer]:.0%}"
        )
    return _piece("silent units", "against" if beyond else "for", worst.silent, f"{text}.", decisive=beyond)


def _usual_cut_and_paste(m: Reader) -> tuple[float, bool] | None:
    """Median share over classes, and whether most classes fail for certain (sign test); None with too few."""
    from scipy.special import bdtrc  # late: a policy is read in a moment without it

    shares = [c.cut_and_paste.value for c in m.ordered if c.cut_and_paste is not None]
    if len(shares) < MIN_CLASSES:
        return None
    failing = sum(share < MAJORITY for share in shares)
    most = failing > 0 and float(bdtrc(failing - 1, len(shares), 0.5)) <= LEVEL
    return median(shares), most


def _cut_and_paste(result: ClassResult, usual: tuple[float, bool] | None, limits: Limits) -> Piece:
    """Whether the answer needs the whole picture, or holds where half of it stands in a photograph."""
    share = result.cut_and_paste
    if share is None:
        return _piece(
            "cut_and_paste", "unknown", None, "Not set into photographs: there are none, or too few."
        )
    fails = usual is not None and usual[0] < FEW_SURVIVE and share.value < MAJORITY
    weak = fails or share.value < limits.unreliable_cut_and_paste
    text = f"Its middle, in photographs of other classes, is answered as the class in {share.k} of {share.n}"
    if usual is not None:
        text += f" (median over all classes {usual[0]:.0%})"
    if fails:
        text += ": the network answers drawn pictures by another way than photographs"
    vote = "against" if weak else "for"
    certain = fails and usual is not None and usual[1]
    return _piece("cut_and_paste", vote, share.value, f"{text}.", decisive=certain)


def _gaps(m: Reader, limits: Limits) -> dict[int, Piece]:
    """How much further the network can be driven without prior, class against class."""
    gaps: dict[int, float] = {}
    reached: dict[int, float] = {}
    for result in m.ordered:
        natural, free = chosen(result, "natural"), chosen(result, "none")
        if natural and free and finite(m.lead(natural)) and finite(m.lead(free)):
            gaps[result.label.index] = m.lead(free) - m.lead(natural)
            reached[result.label.index] = m.lead(natural)
    if len(gaps) < MIN_CLASSES:
        return {}
    scores = dict(zip(gaps, robust_z(list(gaps.values())), strict=True))
    limit = z_limit(limits.outlier_z, len(gaps), len(gaps))
    found: dict[int, Piece] = {}
    for index, gap in gaps.items():
        far = scores[index] > limit
        text = f"Without prior the margin is {gap:+.3g} logits higher" + (
            ", far more than for other classes: most of what drives the class is not natural."
            if far
            else f" (other classes: median {median(gaps.values()):+.3g})."
        )
        missed = reached[index] <= 0
        vote = "against" if far else "unknown" if missed else "for"
        found[index] = _piece("prior", vote, gap, text)
    return found

import datetime

import pytest

from audit.checks import counting
from audit.gating.policy import Waiver
from audit.gating.waivers import Waivers
from audit.records import CheckMeta, CheckResult, ClassLabel, Finding

TODAY = datetime.date(2026, 6, 15)
LABELS = [
    ClassLabel(index=i, id=f"n{i}", name=name, full=name)
    for i, name in enumerate(["banana", "crane", "Dumbbell", "crane"])
]


def answer(*found: tuple[str, list[int]], kind: str = "limit", check: str = "class-overlap") -> CheckResult:
    """A flagged check; per finding its verdict and classes."""
    findings = [
        Finding(
            check=check, verdict=verdict, scope=("model", "class", "pair")[len(classes)], classes=classes,
            title="", detail="", effect=None, p=None, agreement=None, evidence=[], next_step="",
            fingerprint="",
        )
        for verdict, classes in found
    ]  # fmt: skip
    meta = CheckMeta(id=check, title="", kind=kind, question="", source="", unit="")
    return CheckResult(meta=meta, outcome="flagged", summary="", gates=True, ranking=[], findings=findings)


def waiver(label: str, check: str = "class-overlap", expires: datetime.date = TODAY) -> Waiver:
    return Waiver(check, (label,), "known", "team", expires)


def pair(*labels: str) -> Waiver:
    return Waiver("class-overlap", labels, "known", "team", TODAY)


def named(fingerprint: str, check: str = "class-overlap") -> Waiver:
    return Waiver(check, (), "known", "team", TODAY, fingerprint)


def split(result: CheckResult, *waivers: Waiver):
    made = Waivers(waivers, LABELS, TODAY)
    halves = made.split(result)
    return halves, [w.state for w in made.states()]


def test_all_flags_waived_and_one_left_standing() -> None:
    both = answer(("suspected", [0]), ("verified", [2]))
    halves, states = split(both, waiver("banana"), waiver("n2"))
    assert (halves.flag_is_waived, states) == (True, ["used", "used"])
    halves, states = split(both, waiver("banana"))
    assert [f.classes for f in halves.standing] == [[2]]
    assert [f.classes for f in halves.waived] == [[0]]
    assert (halves.flag_is_waived, states) == (False, ["used"])


@pytest.mark.parametrize("label", ["banana", "n0", "BANANA", "dumbbell"])
def test_a_class_alone_waives_no_pair(label: str) -> None:
    halves, states = split(answer(("suspected", [2, 0])), waiver(label))
    assert (halves.waived, states) == ((), ["not needed"])


@pytest.mark.parametrize("labels", [("banana", "dumbbell"), ("n2", "BANANA")])
def test_a_pair_is_waived_where_both_are_named_and_nothing_else_is(labels: tuple[str, str]) -> None:
    found = answer(("suspected", [2, 0]), ("suspected", [0, 1]), ("suspected", [0]), ("suspected", [2]))
    halves, states = split(found, pair(*labels))
    assert ([f.classes for f in halves.waived], states) == ([[2, 0]], ["used"])


def test_a_pair_with_a_class_that_is_not_known() -> None:
    made = [pair("banana", "plum"), pair("crane", "plum"), pair("crane", "n0")]
    assert split(answer(("suspected", [0, 1])), *made)[1] == [
        "unknown class",
        "unknown class",
        "ambiguous class",
    ]


def test_a_fingerprint_waives_its_finding_alone() -> None:
    found = answer(("suspected", [0, 1]), ("suspected", []), ("suspected", [0]))
    for place, finding in enumerate(found.findings):
        found.findings[place] = finding.model_copy(update={"fingerprint": f"{place:016x}"})
    halves, states = split(found, named(f"{1:016x}"), named("f" * 16), named(f"{2:016x}", "dead-class"))
    assert ([f.classes for f in halves.waived], states) == ([[]], ["used", "not needed", "not needed"])


@pytest.mark.parametrize(
    "given, state",
    [
        (waiver("banana", expires=TODAY - datetime.timedelta(1)), "expired"),
        (waiver("plum"), "unknown class"),
        (waiver("0"), "unknown class"),
        (waiver("crane"), "ambiguous class"),
        (waiver("banana", check="dead-class"), "not needed"),
        (waiver("dumbbell"), "not needed"),
    ],
)
def test_waivers_that_do_not_count(given: Waiver, state: str) -> None:
    halves, states = split(answer(("suspected", [0]), ("suspected", [1])), given)
    assert (halves.waived, halves.flag_is_waived, states) == ((), False, [state])


def test_the_last_day_counts() -> None:
    assert split(answer(("suspected", [0])), waiver("banana", expires=TODAY))[0].flag_is_waived


def test_the_network_as_a_whole_and_a_flag_without_finding_cannot_be_waived() -> None:
    assert not split(answer(("suspected", []), ("suspected", [0])), waiver("banana"))[0].flag_is_waived
    assert not split(answer(), waiver("banana"))[0].flag_is_waived


def test_which_findings_count() -> None:
    """What a limit merely shows need not be waived; every remark of a lint does; what was refuted never."""
    mixed = [("suspected", [0]), ("observed", [1]), ("refuted", [2])]
    assert [f.classes for f in counting(answer(*mixed))] == [[0]]
    assert [f.classes for f in counting(answer(*mixed, kind="lint"))] == [[0], [1]]
    assert [f.classes for f in counting(answer(("observed", [1])))] == [[1]]

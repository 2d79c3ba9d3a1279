import datetime

from audit.gating.gate_table import lines
from audit.records import BlindSpot
from audit.records.gate import GatedCheck, GatedWaiver, GateResult


def row(check: str, **changes: object) -> GatedCheck:
    fields = {
        "level": "error",
        "outcome": "passed",
        "required": False,
        "effect": "passes",
        "why": "All well.",
        "flagged": [],
        "waived": [],
    }
    return GatedCheck(check=check, **(fields | changes))


def waiver(number: int, state: str = "used") -> GatedWaiver:
    return GatedWaiver(
        check="dead-class",
        labels=[f"thing {number}"],
        fingerprint=None,
        reason="known\x1b[2J",
        owner="team",
        expires=datetime.date(2027, 1, 31),
        state=state,
    )


def result(
    *checks: GatedCheck,
    waivers: list[GatedWaiver] | None = None,
    audited: int = 10,
    **limits: tuple[float, float],
) -> GateResult:
    return GateResult(
        schema_version="0", policy="p", run="net", audited=audited, classes=10, coverage=1.0, blind_spots=[],
        outcome="holds", exit_code=0, headline="Policy holds.", limits=limits, checks=list(checks),
        waivers=waivers or [],
    )  # fmt: skip


def test_columns_stand_below_each_other() -> None:
    head, first, second, last = lines(result(row("dead-class"), row("x", level="off", effect="off")), 80)
    assert head.split() == ["check", "level", "outcome", "release", "why"]
    assert first.split() == ["dead-class", "error", "passed", "passes", "All", "well."]
    for word in ("level", "outcome", "release", "why"):
        assert first[head.index(word) - 2 : head.index(word)] == "  "
    assert second.index("All") == first.index("All") == head.index("why")
    assert last == "Policy holds."


def test_sentences_are_cut_to_the_width_and_nothing_else() -> None:
    said = lines(result(row("c" * 30, why="w" * 500)), 90)
    assert len(said[1]) == 90
    assert said[1].endswith("w…")
    assert lines(result(row("dead-class", why="w" * 20)), 10)[1].endswith(" " + "w" * 20)


def test_long_lists_are_counted() -> None:
    names = [f'"{i}"' for i in range(12)]
    said = lines(result(row("dead-class", flagged=names, waived=names[:1])), 100)
    assert said[2] == '    flagged: "0", "1", "2", "3", "4" and 7 more'
    assert said[3] == '    waived: "0"'
    waivers = [waiver(i) for i in range(8)] + [waiver(9, "expired")]
    told = [line for line in lines(result(waivers=waivers), 100) if "waiver" in line]
    assert len(told) == 7
    assert told[5] == "and 3 more waivers: used"
    assert told[6].startswith(
        'waiver dead-class "thing 9": EXPIRED, does not count (until 2027-01-31, "team": '
    )


def test_limits_are_told_with_both_values() -> None:
    said = lines(result(row("dead-class"), overlap_share=(0.99, 0.5)), 100)
    assert said[2] == "limit overlap_share: 0.5 by the policy, 0.99 in the run"


def test_nothing_moves_the_cursor() -> None:
    text = "".join(lines(result(waivers=[waiver(1)]), 100))
    assert text.isprintable()
    assert r"known\u001b[2J" in text


def test_a_part_of_the_classes_is_said_to_be_one() -> None:
    assert lines(result(row("dead-class"), audited=3), 100)[2] == "only 3 of 10 classes were audited"
    assert "classes" not in "".join(lines(result(row("dead-class")), 100))


def test_what_no_check_sees_stands_above_the_answer() -> None:
    spots = [BlindSpot(key="cue", text="colour"), BlindSpot(key="shift", text="other cameras")]
    said = lines(result(row("dead-class")).model_copy(update={"blind_spots": spots}), 80)
    assert said[-2:] == ["no check here can see: colour; other cameras", "Policy holds."]


def test_a_waiver_is_shown_as_the_policy_names_it() -> None:
    pair = waiver(1).model_copy(update={"labels": ["maillot", "tank suit"]})
    finding = waiver(2).model_copy(update={"labels": [], "fingerprint": "0123456789abcdef"})
    said = "\n".join(lines(result(row("dead-class"), waivers=[pair, finding]), 80))
    assert 'waiver dead-class "maillot" and "tank suit": used' in said
    assert "waiver dead-class 0123456789abcdef: used" in said

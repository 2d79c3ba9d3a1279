"""A part in words."""

import pytest

from audit.records import Agreement, Proportion
from audit.records.part_words import counted, part_words, whose_words
from audit.records.parts import Neighbour, Part

NAMES = {0: "banana", 1: "dumbbell", 2: "<img src=x onerror=alert(1)>", 3: "{name} %s {{ 7*7 }}"}


def name(index: int) -> str:
    return NAMES[index]


def part(**changes) -> Part:
    said = {
        "class_index": 1,
        "recurrence": Agreement(k=9, n=12),
        "area": 0.124,
        "share": 0.876,
        "appearances": [],
        "alone": Proportion.of(20, 53),
        "pasted": Proportion.of(0, 0),
        "plain": Proportion.of(0, 0),
        "without": Proportion.of(0, 0),
        "lookalikes": Proportion.of(0, 0),
        "unlike": Proportion.of(0, 0),
    }
    return Part(**{**said, **changes})


def like(index: int, similarity: float) -> Neighbour:
    return Neighbour(class_index=index, file="f", outlined="o", origin="natural", similarity=similarity)


def test_what_was_not_asked_is_not_said() -> None:
    low, high = Proportion.of(20, 53).interval
    assert part_words(part(), name) == (
        "On 9 of 12 images of the class; 12% of the image and 88% of what speaks for the class. Alone on "
        f"grey it is answered as the class in 20 of 53 ({low:.0%} to {high:.0%})."
    )
    assert whose_words(part(), name) == ""


def test_what_it_does_elsewhere_and_what_is_left_without_it() -> None:
    given = part(
        pasted=Proportion.of(30, 40),
        plain=Proportion.of(2, 40),
        without=Proportion.of(3, 10),
        without_answers=[(0, 5), (1, 2)],
    )
    said = part_words(given, name)
    assert f"; pasted into photographs of other classes, in {counted(given.pasted)}" in said
    assert "(the same places of other photographs: 5%)" in said
    assert said.endswith(
        f"With it filled the class is still answered in {counted(given.without)}, banana in 5."
    )
    assert part_words(part(without=Proportion.of(10, 10)), name).endswith(
        f"{counted(Proportion.of(10, 10))}."
    )


@pytest.mark.parametrize(
    "place, words",
    [(1, "comes first"), (2, "comes second"), (3, "comes third"), (4, "comes at place 4"), (None, None)],
)
def test_whose_part_it_is(place: int | None, words: str | None) -> None:
    said = whose_words(part(neighbours=[like(0, 0.912), like(2, -0.3)], own_among=place), name)
    assert said.startswith(
        f"In the network's features it resembles pieces of banana (0.91), {NAMES[2]} (-0.30)"
    )
    assert said.endswith(f" Among the pieces of all classes, its own class {words}." if words else " most.")


def test_pieces_that_look_like_it_are_told_where_there_are_some() -> None:
    given = part(neighbours=[like(0, 0.9)], lookalikes=Proportion.of(3, 12), unlike=Proportion.of(1, 50))
    assert whose_words(given, name).endswith(
        f" Of pieces of other photographs that look like it, {counted(given.lookalikes)} are answered as the "
        "class alone, of others 2%."
    )


@pytest.mark.parametrize("index", [2, 3])
def test_hostile_names_stay_what_they_are(index: int) -> None:
    given = part(without=Proportion.of(3, 10), without_answers=[(index, 5)], neighbours=[like(index, 0.5)])
    assert f", {NAMES[index]} in 5." in part_words(given, name)
    assert f"{NAMES[index]} (0.50)" in whose_words(given, name)

"""A part of a class in words, as findings and the page say it."""

from collections.abc import Callable

from audit.records.estimates import Proportion
from audit.records.parts import Part

Name = Callable[[int], str]
"""How a class is called."""


def part_words(part: Part, name: Name) -> str:
    """How often it recurs, how large it is, what it does alone and what is left without it."""
    found = part.recurrence
    said = (
        f"On {found.k} of {found.n} images of the class; {part.area:.0%} of the image and {part.share:.0%} "
        f"of what speaks for the class. Alone on grey it is answered as the class in {counted(part.alone)}"
    )
    if part.pasted.n:
        said += (
            f"; pasted into photographs of other classes, in {counted(part.pasted)} (the same places of "
            f"other photographs: {part.plain.value:.0%})"
        )
    if part.without.n:
        said += f". With it filled the class is still answered in {counted(part.without)}"
        if part.without_answers:
            index, times = part.without_answers[0]
            said += f", {name(index)} in {times}"
    return f"{said}."


def whose_words(part: Part, name: Name) -> str:
    """Which images of other classes it resembles; empty where there were none."""
    if not part.neighbours:
        return ""
    like = ", ".join(f"{name(one.class_index)} ({one.similarity:.2f})" for one in part.neighbours)
    own = ""
    if part.own_among is not None:
        place = {1: "first", 2: "second", 3: "third"}.get(part.own_among, f"at place {part.own_among}")
        own = f" Among the pieces of all classes, its own class comes {place}."
    said = f"In the network's features it resembles pieces of {like} most.{own}"
    if part.lookalikes.n:
        said += (
            f" Of pieces of other photographs that look like it, {counted(part.lookalikes)} are answered as "
            f"the class alone, of others {part.unlike.value:.0%}."
        )
    return said


def counted(share: Proportion) -> str:
    """ "20 of 53 (25% to 52%)"."""
    low, high = share.interval
    return f"{share.k} of {share.n} ({low:.0%} to {high:.0%})"

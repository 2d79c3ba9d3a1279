"""Counterexamples arranged as the page shows them: sentences for each kind, pictures with their answers."""

from dataclasses import dataclass

from audit.records import CounterexamplePicture, CounterexampleTest, Proportion, Results
from audit.report.formatting import clean, plural


@dataclass(frozen=True)
class CounterexampleView:
    """Counterexamples of one class and kind."""

    test: CounterexampleTest
    heading: str
    """What the photographs show."""
    sentences: list[str]
    pictures: list[tuple[CounterexamplePicture, str]]
    """Each with the answer to it in words."""


def counterexample_views(results: Results) -> dict[int, list[CounterexampleView]]:
    """Class → its kinds; empty where the run had no counterexamples."""
    names = {label.index: clean(label.name) for label in results.model.classes}
    found: dict[int, list[CounterexampleView]] = {}
    for test in results.counterexamples:
        heading = _shown(test, names[test.class_index])
        pictures = [(picture, _answer(picture, names)) for picture in test.examples]
        view = CounterexampleView(test, heading, _sentences(test, heading, names), pictures)
        found.setdefault(test.class_index, []).append(view)
    return found


def _shown(test: CounterexampleTest, name: str) -> str:
    return f"{name} without the part" if test.kind == "object" else f"the part without {name}"


def _sentences(test: CounterexampleTest, shown: str, names: dict[int, str]) -> list[str]:
    share = test.answered
    said = f"Of {plural(test.files, 'photograph')} of {shown}, the network answers {share.k:,} as "
    said += f"{names[test.class_index]} ({_rounded(share)})"
    if test.photographs is not None and test.kind == "object":
        said += f"; of its ordinary photographs {100 * test.photographs.value:.0f} %"
    sentences = [f"{said}."]
    if test.instead:
        other, count = names[test.instead[0].class_index], test.instead[0].count
        most = 2 * count > test.files
        start = "Most are answered" if most else "The most frequent other answer is"
        sentences.append(f"{start} {other} ({count:,}).")
    if test.not_finite:
        sentences.append(f"The output is not finite for {test.not_finite:,}.")
    if test.skipped:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in test.skipped.items())
        sentences.append(f"Of {plural(test.found, 'file')}, some were left out: {reasons}.")
    return sentences


def _rounded(share: Proportion) -> str:
    """ "10 %, 3 to 24"."""
    low, high = (f"{100 * end:.0f}" for end in share.interval)
    return f"{100 * share.value:.0f} %, {low} to {high}"


def _answer(picture: CounterexamplePicture, names: dict[int, str]) -> str:
    if picture.answer is None:
        return "no class holds" if picture.finite else "the output is not finite"
    return f"answered {names[picture.answer.class_index]}"

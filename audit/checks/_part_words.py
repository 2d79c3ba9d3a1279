"""The sentences in which the check of foreign parts speaks of parts, and of counterexamples."""

from collections.abc import Sequence

from audit.calibration.recorded_scores import ASKED
from audit.checks._causal_words import p_words
from audit.checks._null import Suspicion
from audit.checks._reader import Reader
from audit.records import CounterexampleTest, Evidence, Part, Pieces
from audit.records.part_words import counted
from audit.text import plural

SHOWN = 4
"""Pictures of a finding."""


def pieces_sentence(suspicion: Suspicion, pieces: Pieces) -> str:
    """What raised the suspicion, and whether photographs that were held back bear it out."""
    score = suspicion.score
    said = (
        f"Pieces: one small piece at the edge of its photographs, alone on grey, tells the class from "
        f"others with an area under the ROC curve of {score.first:.2f}, the next one with {score.second:.2f}"
    )
    if pieces.held_back is not None:
        said += f"; on photographs held back {pieces.held_back.told[ASKED][score.class_index]:.2f}"
    judged = suspicion.judged
    assert judged is not None
    chance = f"p {p_words(judged.p_raw)} in this test, {p_words(judged.p_adjusted)} in all tests of the class"
    return f"{said}. {chance}, beside {judged.beside}"


def counterexample_sentence(m: Reader, test: CounterexampleTest) -> str:
    """What the network makes of one kind."""
    name = m.name(test.class_index)
    shown = f"{name} without the part" if test.kind == "object" else f"the part without {name}"
    said = f"Counterexamples: {counted(test.answered)} photographs of {shown} answered as {name}"
    if test.kind == "object" and test.photographs is not None:
        said += f"; of its ordinary photographs {counted(test.photographs)}"
    if test.instead:
        most = test.instead[0]
        said += f". The most frequent other answer is {m.name(most.class_index)} ({most.count})"
    return said


def evidence(m: Reader, part: Part | None, tests: Sequence[CounterexampleTest]) -> list[Evidence]:
    """The part outlined, on pictures and on photographs; counterexamples with their answers."""
    found: list[Evidence] = []
    for one in part.appearances if part else ():
        drawn = "Picture of" if one.origin == "synthesised" else "Photograph of"
        name = m.name(part.class_index if part else 0)
        caption = f"{drawn} {name}: the part that speaks for it, {one.share:.0%} of all that does"
        found.append(Evidence(artefact=one.outlined, origin=one.origin, caption=caption))
    drawn = [one for one in found if one.origin == "synthesised"]
    natural = [one for one in found if one.origin == "natural"]
    counter = [
        Evidence(
            artefact=picture.file,
            origin="natural",
            caption=f"Counterexample, "
            f"{'the object without the part' if test.kind == 'object' else 'the part without the object'}"
            f"{f': answered {m.name(picture.answer.class_index)}' if picture.answer else ''}",
        )
        for test in tests
        for picture in test.examples[:1]
    ]
    return [*drawn[:1], *natural[: max(1, SHOWN - 1 - len(counter))], *counter]


def missed(test: CounterexampleTest) -> str:
    """ "36 of 40 photographs of it without the part are missed"."""
    lost = test.answered.n - test.answered.k
    return f"{lost} of {plural(test.answered.n, 'photograph')} of it without the part are missed"

"""What the page says of the parts of a class."""

import page_reader
import pytest

from audit.records import Agreement, Proportion
from audit.records.part_words import part_words, whose_words
from audit.records.parts import Appearance, Neighbour, Part
from audit.report import write_report
from audit.report.view import wanted

BANANA, HOSTILE = 0, (8, 9, 10, 11)


def made_part(index: int, files: list[str], neighbours: tuple[int, ...]) -> Part:
    return Part(
        class_index=index,
        recurrence=Agreement(k=2, n=2),
        area=0.1,
        share=0.625,
        appearances=[
            Appearance(file=files[0], outlined=file, origin=origin, outline=[], area=0.1, share=share)
            for file, origin, share in zip(files, ("synthesised", "natural"), (0.75, 0.5), strict=False)
        ],
        alone=Proportion.of(2, 2),
        pasted=Proportion.of(3, 8),
        plain=Proportion.of(0, 8),
        without=Proportion.of(1, 2),
        without_answers=[(neighbours[0], 1)],
        lookalikes=Proportion.of(3, 4),
        unlike=Proportion.of(0, 9),
        own_among=2,
        neighbours=[
            Neighbour(class_index=i, file=file, outlined=file, origin="natural", similarity=0.4321)
            for i, file in zip(neighbours, files[2:], strict=False)
        ],
    )


@pytest.fixture(scope="module")
def results(make_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    made = make_run(folder, side=16, restarts=1, unconstrained=0)
    files = [entry.pictures[0].file for entry in made.classes]
    parts = {BANANA: made_part(BANANA, files, HOSTILE), HOSTILE[0]: made_part(HOSTILE[0], files, (BANANA,))}
    classes = [
        entry.model_copy(update={"parts": [parts[entry.label.index]] if entry.label.index in parts else []})
        for entry in made.classes
    ]
    made = made.model_copy(update={"classes": classes})
    write_report(made, folder)
    return made, page_reader.sections((folder / "index.html").read_text(encoding="utf-8"))


def shown_names(made) -> list[str]:
    """Without marks that turn the direction of text: the page has none."""
    return [entry.label.name.replace("\u202e", "") for entry in made.classes]


def test_words_and_figures_are_those_of_the_part(results):
    made, sections = results
    names = shown_names(made)
    for index in (BANANA, HOSTILE[0]):
        shown = page_reader.parse(sections[index]).visible
        (part,) = made.classes[index].parts
        assert " ".join(part_words(part, lambda i: names[i]).split()) in shown
        assert " ".join(whose_words(part, lambda i: names[i]).split()) in shown
        assert "Synthesised 75.0 % of what speaks for it Photograph 50.0 % of what speaks for it" in shown
        assert shown.count("cosine 0.43") == len(part.neighbours)
    assert "What it is answered by" not in page_reader.parse(sections[1]).visible


def test_every_picture_of_a_part_is_embedded_and_says_what_it_shows(results):
    made, sections = results
    parts = [part for entry in made.classes for part in entry.parts]
    files = {one.outlined for part in parts for one in (*part.appearances, *part.neighbours)}
    assert {(file, "other") for file in files} <= set(wanted(made))
    page = page_reader.parse(sections[BANANA])
    drawn = [e for e in page.all("img") if e.attributes.get("alt", "").endswith("outlined")]
    assert [image.attributes["alt"] for image in drawn] == [
        "Picture of banana, the part outlined",
        "Photograph of banana, the part outlined",
        *(f"Piece of {shown_names(made)[i]}, outlined" for i in HOSTILE),
    ]
    assert all(image.attributes["data-img"] for image in drawn)


def test_names_of_classes_are_text_and_never_markup(results, hostile):
    made, sections = results
    assert [made.classes[i].label.name for i in HOSTILE] == list(hostile)
    for index in (BANANA, HOSTILE[0]):
        page = page_reader.parse(sections[index])
        assert page.all("script") == []
        for element in page.elements:
            assert not {key for key in element.attributes if key.startswith("on")}
            assert element.attributes.get("src") != "x"
    assert "{{ 7*7 }}" in page_reader.parse(sections[BANANA]).visible

"""What the page says of counterexamples."""

import math

import pytest

from audit.records import CounterexamplePicture, CounterexampleTest, OtherAnswer, Prediction, Proportion
from audit.report import write_report
from audit.report.counterexamples_section import counterexample_views

BANANA, GOLDFISH, DUMBBELL, HOSTILE = 0, 1, 2, 8


def picture(
    file: str, answered: bool, answer: int | None, probability: float = 0.25
) -> CounterexamplePicture:
    said = None if answer is None else Prediction(class_index=answer, logit=1.0, probability=0.753)
    return CounterexamplePicture(
        file=file, name="object/<b>.png", answered=answered, answer=said, probability=probability
    )


def made_test(index: int, kind: str = "object", k: int = 4, n: int = 40, **more) -> CounterexampleTest:
    given = {"found": n, "probability": 0.2, "instead": [], "source": "bare"}
    return CounterexampleTest(
        class_index=index, kind=kind, files=n, answered=Proportion.of(k, n), **{**given, **more}
    )


@pytest.fixture(scope="module")
def results(make_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("counterexamples")
    made = make_run(folder, side=16, restarts=1, unconstrained=0)
    files = [entry.pictures[0].file for entry in made.classes[:4]]
    tests = [
        made_test(
            DUMBBELL,
            instead=[OtherAnswer(class_index=GOLDFISH, count=22), OtherAnswer(class_index=HOSTILE, count=9)],
            photographs=Proportion.of(23, 25),
            skipped={"unreadable": 2, "too small (under 16 x 16 px)": 1},
            found=43,
            examples=[
                picture(files[0], False, GOLDFISH),
                picture(files[1], False, None),
                picture(files[2], False, None, math.nan),
                picture(files[3], True, DUMBBELL),
            ],
        ),
        made_test(
            DUMBBELL,
            "part",
            36,
            photographs=Proportion.of(23, 25),
            instead=[OtherAnswer(class_index=HOSTILE, count=4)],
            not_finite=1,
        ),
        made_test(HOSTILE, k=0, n=1),
    ]
    return made.model_copy(update={"counterexamples": tests}), folder


def test_sentences_are_those_of_the_figures(results):
    views = counterexample_views(results[0])
    assert list(views) == [DUMBBELL, HOSTILE]
    objects, parts = views[DUMBBELL]
    assert objects.sentences == [
        "Of 40 photographs of dumbbell without the part, the network answers 4 as dumbbell (10 %, 3 to 24); "
        "of its ordinary photographs 92 %.",
        "Most are answered goldfish (22).",
        "Of 43 files, some were left out: 2 unreadable, 1 too small (under 16 x 16 px).",
    ]
    assert [words for _, words in objects.pictures] == [
        "answered goldfish", "no class holds", "the output is not finite", "answered dumbbell",
    ]  # fmt: skip
    assert parts.sentences[0] == (
        "Of 40 photographs of the part without dumbbell, the network answers 36 as dumbbell (90 %, 76 to 97)."
    )
    assert parts.sentences[1].startswith("The most frequent other answer is </script>")
    assert parts.sentences[2:] == ["The output is not finite for 1."]
    assert views[HOSTILE][0].sentences[0].startswith("Of 1 photograph of </script>")
    assert "(0 %, 0 to 98)" in views[HOSTILE][0].sentences[0]


def test_the_page_and_the_class_show_them_escaped(results, read_page, unpack):
    results, folder = results
    html = write_report(results, folder).read_text(encoding="utf-8")
    page = read_page(html)
    assert "counterexamples" in page.ids
    assert [a for a in page.all("a") if a.attributes.get("href") == "#counterexamples"]
    part = html.split('<section id="counterexamples"')[1].split("</section>")[0]
    section = read_page(part)
    assert (
        "the network answers 4 as dumbbell (10 %, 3 to 24); of its ordinary photographs 92 %."
        in section.visible
    )
    assert "Most are answered goldfish (22)." in section.visible
    for words in (
        "Answered goldfish 75.3 %, wrong",
        "No class holds wrong",
        "Answered dumbbell 75.3 %, right",
    ):
        assert words in section.visible
    assert section.all("img")[0].attributes["alt"] == (
        "Photograph of dumbbell without the part, answered goldfish"
    )
    assert not section.all("script")
    assert all("onerror" not in element.attributes for element in page.elements)
    assert "Of 1 photograph of </script><img src=x onerror=alert(1)> without the part" in section.visible
    from page_reader import sections

    own = read_page(sections(html)[DUMBBELL])
    assert "Counterexamples Of 40 photographs of dumbbell without the part" in own.visible
    assert "Counterexamples" not in read_page(sections(html)[BANANA]).visible


def test_a_stage_that_broke_is_said(results):
    results, folder = results
    broken = results.run.stages[0].model_copy(update={"name": "counterexamples", "error": "it broke"})
    run = results.run.model_copy(update={"stages": [*results.run.stages, broken]})
    html = write_report(results.model_copy(update={"run": run, "counterexamples": []}), folder).read_text()
    part = html.split('<section id="counterexamples"')[1].split("</section>")[0]
    assert "Stage counterexamples failed: it broke." in part

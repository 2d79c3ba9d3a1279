"""What the page says of photographs, the preprocessing and small changes."""

import pytest

from audit.report import write_report
from audit.report.formatting import level, percent
from audit.report.photograph_references import References


def _section(html, id):
    return html.split(f'<section id="{id}"')[1].split("</section>")[0]


def test_accuracy_stands_with_its_interval_and_what_was_left_out(run, html, read_page):
    info = run[0].photographs
    words = read_page(_section(html, "photographs")).visible
    low, high = (f"{100 * end:.0f}" for end in info.correct.interval)
    assert percent(info.correct.value) in words
    assert f"{info.correct.k} of {info.correct.n}, 95 % interval {low}–{high} %" in words
    for reason, count in info.skipped.items():
        assert f"{count} {reason}" in words
    assert info.notes[0] in words
    assert info.source in words


def test_a_flat_folder_is_said_to_have_no_labels(tmp_path, make_run, read_page):
    results = make_run(tmp_path, side=16, restarts=1, unconstrained=0, photographs=5, flat=True)
    html = write_report(results, tmp_path).read_text(encoding="utf-8")
    words = read_page(_section(html, "photographs")).visible
    assert "the labels are the network's own predictions" in words
    assert "top-1 accuracy" not in words
    assert 'id="below"' not in html, "there is no accuracy to filter by"


def test_without_photographs_each_section_says_how_to_get_them(tmp_path, make_run, read_page):
    html = write_report(make_run(tmp_path, side=16, restarts=1, unconstrained=0), tmp_path).read_text(
        encoding="utf-8"
    )
    for id in ("photographs", "preprocessing", "robustness"):
        section = _section(html, id)
        assert "--images FOLDER" in read_page(section).visible
        assert "<img" not in section


@pytest.mark.parametrize(
    "natural, rank, all_confident", [(0.9995, 1, True), (0.99, 1, False), (0.9995, 2, False)]
)
def test_one_sentence_stands_where_every_picture_is_predicted_for_certain(
    tmp_path, make_run, read_page, natural, rank, all_confident
):
    results = make_run(tmp_path, side=16, restarts=1, unconstrained=3)
    given = {"natural": {"probability": natural, "rank": rank}, "none": {"probability": 0.9996, "rank": 1}}
    classes = [
        c.model_copy(update={"pictures": [p.model_copy(update=given[p.prior]) for p in c.pictures]})
        for c in results.classes
    ]
    page = write_report(results.model_copy(update={"classes": classes}), tmp_path).read_text(encoding="utf-8")
    section = read_page(_section(page, "robustness"))
    said = "All 3 classes generated both ways, unconstrained and with the natural prior"
    assert (said in section.visible) == all_confident
    assert ("generated both ways, the unconstrained picture is predicted" in section.visible) != all_confident


def test_every_trial_of_the_preprocessing_names_its_flags(run, html, read_page):
    words = read_page(_section(html, "preprocessing")).visible
    for trial in run[0].preprocessing.trials:
        assert trial.name in words
        assert trial.flags in words
    assert f"{run[0].preprocessing.trials[0].correct} of {run[0].preprocessing.photographs}" in words


def test_small_changes_show_shares_targets_shifts_and_triples(run, html, read_page):
    record = run[0].robustness
    section = read_page(_section(html, "robustness"))
    (chart,) = [svg for svg in section.all("svg") if svg.attributes.get("class") == "plot"]
    for entry in record.flipped_within:
        assert (
            f"Within {level(entry.epsilon)}/255: {percent(entry.flipped.value)}"
            in chart.attributes["aria-label"]
        )
    assert all(attack.description[1:] in section.visible for attack in record.attacks)
    assert len(section.all("img")) == 3 * len(record.examples)
    captions = section.visible
    assert captions.count("times magnified") == len(record.examples)
    assert captions.count("Adversarial, within") == len(record.examples)
    titles = {statistic.id: statistic.title for statistic in run[0].baseline.statistics}
    assert all(titles[shift.statistic] in captions for shift in record.shifts)


def test_captions_say_what_a_picture_is(page, sections):
    for part in (page, *sections.values()):
        for image in part.all("img"):
            if "data-img" not in image.attributes:
                continue  # the grid's empty tile
            alt = image.attributes["alt"]
            evidence = alt.endswith("natural prior") and not alt.startswith("S")
            assert evidence or alt.startswith(("Synthesised", "Natural", "Adversarial")), alt


def test_a_finding_stands_beside_a_photograph_of_its_own_class(run):
    results = run[0]
    references = References(results)
    photos = {photo.index: photo for photo in results.photographs.photographs}
    shown = 0
    for finding in results.findings:
        for piece in references.beside(finding):
            shown += 1
            assert piece.origin == "natural"
            assert piece.caption.startswith("Natural photograph, labelled ")
            near = [n for c in results.classes for n in c.photographs.activating if n.file == piece.artefact]
            assert photos[near[0].photograph].label in finding.classes
    assert shown > 2


def test_a_finding_that_has_a_photograph_gets_no_second(run):
    results = run[0]
    finding = next(f for f in results.findings if References(results).beside(f))
    natural = finding.evidence[0].model_copy(update={"origin": "natural"})
    assert References(results).beside(finding.model_copy(update={"evidence": [natural]})) == []


@pytest.mark.parametrize("enough", [True, False])
def test_a_class_with_few_photographs_is_greyed(run, sections, enough):
    entry = next(c for c in run[0].classes if c.photographs.enough is enough)
    words = sections[entry.label.index].visible
    assert f"{entry.photographs.correct.k} of {entry.photographs.correct.n}" in words
    assert ("too few to judge" in words.split("Flipped within")[0]) is not enough

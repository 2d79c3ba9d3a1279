import json

import pytest

from audit.checks import effective, label_list


def judge(results):
    return label_list.evaluate(results, effective({}))


def names(planted, *labels):
    return judge(planted.measured([], labels))


@pytest.mark.parametrize(
    "labels",
    [
        ("banana", "dumbbell"),
        ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
        ("AT&T", "a < b", "less <5 years", "R2-D2", "Boeing 747", "C++", "naïve", "كلب", "می‌خواهم"),
        ("glass", "gla", "bus", "bu"),
        ("benign", "n/a negative"),
    ],
)
def test_ordinary_names_pass(planted, labels):
    result = names(planted, *labels)
    assert (result.outcome, result.gates) == ("passed", True), result.findings


@pytest.mark.parametrize(
    "label, words",
    [
        ("", "empty"),
        ("ban\u202eana", "hidden"),
        ("ban\x00ana", "hidden"),
        ("ban\u200bana", "hidden"),
        ("</script><script>alert(1)</script>", "markup"),
        ("<img src=x onerror=alert(1)>", "markup"),
        ("< / SCRIPT >", "markup"),
        ("<b>bold</b>", "markup"),
        ("javascript:alert(1)", "markup"),
    ],
)
def test_deceptive_names_are_verified(planted, label, words):
    result = names(planted, "dumbbell", label, "castle")
    assert (result.outcome, result.gates) == ("flagged", True)
    (found,) = result.findings
    assert (found.verdict, found.classes) == ("verified", [1])
    assert words in found.title
    # What is shown about a hostile name must itself be harmless to read.
    assert not set("\u202e\u200b\x00") & set(found.title + found.detail)


@pytest.mark.parametrize(
    "labels, classes",
    [
        (("crane", "castle", "crane"), [0, 2]),
        (("Crane", "castle", "crane"), [0, 2]),
        (("t_shirt", "castle", "T-shirt"), [0, 2]),
        (("dog", "wolf", "cats", "dogs", "wolfs"), [1, 4]),
        (("church", "castle", "churches"), [0, 2]),
        (("maillot", "castle", "maillot, tank suit"), [0, 2]),
        (("castle", " zebra"), [1]),
        (("castle", "zebra", "class 2", "violin"), [2]),
        (("castle", "zebra", "17", "violin"), [2]),
        (("class_0", "class_1", "class_2"), []),
    ],
)
def test_unclear_names_are_observed(planted, labels, classes):
    result = names(planted, *labels)
    assert (result.outcome, result.gates) == ("flagged", True)
    assert [(f.classes, f.verdict) for f in result.findings] == [(classes, "observed")]


def test_long_names_are_cut_in_texts(planted):
    result = names(planted, "<script>" + "x" * 5000, "castle")
    assert len(result.findings[0].detail) < 250


def test_no_classes(planted):
    assert names(planted).outcome == "not run"


@pytest.mark.assets
def test_imagenets_doubtful_names(assets, planted):
    table = json.loads((assets / "zoo" / "imagenet_class_index.json").read_text("utf-8"))
    result = names(planted, *(table[str(i)][1] for i in range(1000)))
    # crane twice; the dog and the garment; maillot twice; sunglass and sunglasses
    pairs = sorted(tuple(f.classes) for f in result.findings)
    assert pairs == [(134, 517), (264, 474), (638, 639), (836, 837)]
    assert (result.meta.level, result.gates) == ("warn", True)

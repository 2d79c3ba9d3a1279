from audit.text import few, nearest, one_line, plain


def test_plain() -> None:
    assert plain(" a\tb\u2028c\x00\x07d\u2066 ") == "a b cd"
    assert plain("日本 👩‍🔬") == "日本 👩‍🔬"


def test_one_line() -> None:
    assert one_line(ValueError("two\nlines\x1b")) == "ValueError: two lines"
    assert one_line(KeyError()) == "KeyError"
    assert len(one_line(ValueError("x" * 1000))) < 330


def test_nearest_keeps_the_case_of_what_is_known() -> None:
    assert nearest("resnet19", ["ResNet18", "vgg"]) == "did you mean ResNet18?"
    assert nearest("zzz", ["ResNet18"]) == ""


def test_few() -> None:
    assert few("abc", 2) == "a, b and 1 more"
    assert few("ab", 2) == "a, b"

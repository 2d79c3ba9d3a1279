from pathlib import Path

import pytest
import torch

from audit.classifier.foreign_code import attempted, blamed, in_one_line, place, written
from audit.classifier.labels import read_classes
from audit.errors import LabelError, ModelError


def wrong() -> None:
    torch.zeros(2).view(3)


LINE = wrong.__code__.co_firstlineno + 1


def raised(call: object) -> BaseException:
    found = attempted(call)  # type: ignore[arg-type]
    assert isinstance(found, BaseException)
    return found


def test_the_place_is_the_last_line_of_the_users_own_code() -> None:
    assert place(raised(wrong)).endswith(f"test_foreign_code.py:{LINE}")
    assert place(RuntimeError()) == ""
    assert written(torch.nn.Linear(1, 1)) == ""


def test_a_place_below_the_working_directory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "made" / "net.py"
    code.parent.mkdir()
    code.write_text("def make():\n    raise ValueError\n")
    names: dict[str, object] = {}
    exec(compile(code.read_text(), str(code), "exec"), names)
    monkeypatch.chdir(tmp_path)
    assert place(raised(names["make"])) == "made/net.py:2"
    monkeypatch.chdir(Path(__file__).parent)
    assert place(raised(names["make"])) == f"{code}:2"


def test_what_was_said_and_interruptions_pass() -> None:
    with pytest.raises(LabelError), in_one_line("reading", fix="none"):
        read_classes([])
    with pytest.raises(KeyboardInterrupt), in_one_line("reading", fix="none"):
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        attempted(lambda: (_ for _ in ()).throw(KeyboardInterrupt()))


def test_the_rest_becomes_one_line() -> None:
    message = rf"test_foreign_code\.py:{LINE}: reading: RuntimeError.*Fix: it: RuntimeError"
    reading = in_one_line("reading", fix=lambda error: f"it: {type(error).__name__}")
    with pytest.raises(ModelError, match=message), reading:
        wrong()


def test_only_the_users_code_is_blamed() -> None:
    message = rf"test_foreign_code\.py:{LINE}: loading: RuntimeError"
    with pytest.raises(ModelError, match=message), blamed("loading", fix="mend it"):
        wrong()
    with pytest.raises(AttributeError), blamed("loading", fix="mend it"):
        place(None)  # type: ignore[arg-type]

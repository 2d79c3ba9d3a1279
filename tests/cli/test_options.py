import pytest

from audit.cli.options import numbers, size
from audit.errors import PreprocessingError


def test_sizes_and_numbers() -> None:
    assert (size(None), size("224"), size("192x160"), size("192X160")) == (None, 224, (192, 160), (192, 160))
    assert (size("224,160"), size("192x160")) == ((224, 160), (192, 160))
    assert (numbers("--mean", None), numbers("--mean", "0.5"), numbers("--mean", "1, 2")) == (
        None,
        (0.5,),
        (1.0, 2.0),
    )


@pytest.mark.parametrize("text", ["", "-1", "8x8x8", "8x", "big", "8.5"])
def test_the_flag_that_is_wrong_is_named(text: str) -> None:
    with pytest.raises(PreprocessingError, match=r"--size: expected .*Fix: --size 224"):
        size(text, "--size")
    if text not in ("-1", "8.5"):
        with pytest.raises(PreprocessingError, match=r"--std: expected numbers.*Fix: --std 0\.5"):
            numbers("--std", text)

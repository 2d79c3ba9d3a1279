import inspect

import pytest

import audit
from audit.errors import FLAGS, ConfigError, as_keywords


def test_a_problem_that_ends_in_a_full_stop_has_one() -> None:
    assert (
        str(ConfigError("torch said no.", where="net.py:3", fix="ask")) == "net.py:3: torch said no. Fix: ask"
    )


@pytest.mark.parametrize(
    "flags, keywords",
    [
        ("--input-size 224 --resize 256", "input_size=224 resize=256"),
        ("--mean 0.485,0.456,0.406", "mean=(0.485, 0.456, 0.406)"),
        ("--input-size 192x160 or --resize none", 'input_size=(192, 160) or resize="none"'),
        ("--fresh starts over, --out FOLDER keeps both", "fresh=True starts over, out=FOLDER keeps both"),
        ("give it with --weights, or without", "give it with weights=, or without"),
        ("give its list (and --channels), or less", "give its list (and channels=), or less"),
        ("--only 0,5,20:30 or --only dumbbell", 'only="0,5,20:30" or only="dumbbell"'),
        ("--set synthesis.crop=[0.5, 1] --seed 3", 'set="synthesis.crop=[0.5, 1]" seed=3'),
        ("--unit features.4:0-15", 'unit="features.4:0-15"'),
        ("`audit baseline PHOTOS --size 32 --out FILE`", "`audit baseline PHOTOS --size 32 --out FILE`"),
        ("a-mean --b nothing", "a-mean --b nothing"),
        ("--trust-pickled files", "--trust-pickled files"),
    ],
)
def test_flags_become_keywords(flags: str, keywords: str) -> None:
    assert as_keywords(flags) == keywords


def test_every_flag_is_a_keyword_of_a_public_function_and_every_keyword_a_flag() -> None:
    functions = [audit.run, audit.plan, audit.check, audit.load, audit.draw, audit.dream, audit.invert]
    keywords = {name: p.default for f in functions for name, p in inspect.signature(f).parameters.items()}
    stated = {flag.removeprefix("--").replace("-", "_") for flag in FLAGS}
    assert stated <= set(keywords)
    assert set(keywords) - stated == {"model", "photo", "run", "command", "console"}
    switches = {name for name, default in keywords.items() if isinstance(default, bool)}
    assert {flag for flag, value in FLAGS.items() if not value} == {
        f"--{name.replace('_', '-')}" for name in switches
    }


def test_what_is_said_for_python_holds() -> None:
    """The fix that an error names is accepted as it stands."""
    for flags in ("--mean 0.5,0.5,0.5", "--resize none", "--fresh", "--set checks.outlier_z=9", "--seed 1"):
        call = as_keywords(flags)
        read = eval(f"dict({call})")
        inspect.signature(audit.run).bind("demo", **read)


def test_one_error_speaks_both() -> None:
    error = ConfigError("wrong", where="--zoom", fix="--zoom 3 or --seed")
    assert str(error) == error.command_line == "--zoom: wrong. Fix: --zoom 3 or --seed"
    error.in_python()
    assert str(error) == "zoom: wrong. Fix: zoom=3 or seed="
    assert error.command_line == "--zoom: wrong. Fix: --zoom 3 or --seed"


def test_from_python_an_error_names_keywords() -> None:
    with pytest.raises(ConfigError, match=r"^preset: unknown preset .quik."):
        audit.run("demo", preset="quik")
    with pytest.raises(audit.PreprocessingError, match=r"Fix: state input_size=224") as caught:
        audit.load("demo", input_size="big")  # type: ignore[arg-type]
    assert "--input-size 224" in caught.value.command_line

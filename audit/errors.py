"""Everything that can go wrong, as one tree.

AuditError                 exit 4   (a defect of ours unless a subclass says otherwise)
├── UserError              exit 2   what the user gave cannot be used
│   ├── ModelError                  the classifier cannot be loaded or is not a classifier
│   ├── LabelError                  the class list does not fit
│   ├── PreprocessingError              how images become network input is unknown or wrong
│   ├── ConfigError                 a configuration key or value
│   ├── ImageError                  photographs that cannot be used
│   └── OutputError                 the output folder
└── IncompleteError        exit 3   the run did not finish, or nothing was checked

They are raised in the words of the command line; from Python the same error speaks of keywords.
"""

import re

_NUMBERS = r"\d+(?:\.\d+)?(?:[,x]\d+(?:\.\d+)?)*"
_NAME = r"[A-Z][A-Z.a-z]*(?![a-z])"
_WORD = r"\S+?(?=[;,)]*(?:\s|$))"
FLAGS: dict[str, str] = {
    "--back-and-forth": "", "--baseline": _NAME, "--channel-order": "rgb|bgr", "--channels": _NUMBERS,
    "--classes": rf"{_NAME}|\S+\.(?:txt|json)", "--counterexamples": "CLASS=FOLDER",
    "--crop-pct": _NUMBERS, "--device": "cpu",
    "--dtype": "float32", "--enlarge": "", "--fresh": "", "--guide": _NAME, "--images": _NAME,
    "--input-size": _NUMBERS,
    "--interpolation": "bilinear|bicubic|nearest", "--iterations": _NUMBERS, "--layer": _WORD,
    "--max-false-alarm": _NUMBERS, "--mean": _NUMBERS, "--octaves": _NUMBERS, "--only": _WORD,
    "--out": _NAME, "--policy": _WORD,
    "--preset": r"[a-z]+", "--resize": rf"none|{_NUMBERS}", "--restarts": _NUMBERS, "--save": r"gif|mp4",
    "--seed": _NUMBERS, "--set": r"[^\s=]+=(?:\[[^]]*\]|[^\s,;]+)", "--side": _NUMBERS, "--std": _NUMBERS,
    "--steps": _NUMBERS, "--strength": _NUMBERS, "--task": "single-label|multi-label",
    "--transfer-model": _NAME, "--trust-pickle": "", "--turn": _NUMBERS, "--unit": _WORD,
    "--views": _NUMBERS, "--weights": rf"{_NAME}|\S+\.\w+", "--zoom": _NUMBERS, "--zoom-by": _NUMBERS,
}  # fmt: skip
"""Flag of the command line → what may follow it as its value; "" for a switch. Without the dashes, and with
underscores between the words, it is the keyword in Python."""
_COMMAND = re.compile(r"`?\b(?:audit [a-z]+|python) [^`;,]*")
"""What is to be typed in a shell stays as it is."""


def as_keywords(text: str) -> str:
    """`--mean 0.5,0.5 or --fresh` → `mean=(0.5, 0.5) or fresh=True`, as a caller in Python writes them."""
    commands = _COMMAND.findall(text)
    parts = [_keywords(part) for part in _COMMAND.split(text)]
    return "".join(a + b for a, b in zip(parts, [*commands, ""], strict=True))


def _keywords(text: str) -> str:
    def keyword(found: re.Match[str]) -> str:
        flag, rest = found[1], found[2]
        if flag not in FLAGS:
            return found[0]
        name = flag.removeprefix("--").replace("-", "_")
        if not FLAGS[flag]:
            return f"{name}=True{rest}"
        value = re.match(rf"\s+({FLAGS[flag]})(?![\w-])", rest)
        return f"{name}={_literal(value[1])}{rest[value.end() :]}" if value else f"{name}={rest}"

    return re.sub(r"(?<![\w-])(--[a-z][a-z-]*)((?:(?!\s--[a-z]).)*)", keyword, text, flags=re.DOTALL)


def _literal(value: str) -> str:
    if re.fullmatch(_NUMBERS, value):
        numbers = re.split("[,x]", value)
        return numbers[0] if len(numbers) == 1 else f"({', '.join(numbers)})"
    return value if re.fullmatch(r"[A-Z]+", value) else f'"{value}"'


class AuditError(Exception):
    """A failure said in one line: what was expected, what came, where, and the fix."""

    exit_code = 4

    def __init__(self, problem: str, *, where: str = "", fix: str = "") -> None:
        """`problem` states what was expected and what came; `where` names the place; `fix` what to do."""
        self.problem, self.where, self.fix = problem, where, fix
        super().__init__(self.command_line)

    @property
    def command_line(self) -> str:
        """The message in the words of the command line."""
        return _message(self.problem, self.where, self.fix)

    def in_python(self) -> None:
        """From now on the text names keywords instead of flags."""
        where = as_keywords(self.where).removesuffix("=")
        self.args = (_message(as_keywords(self.problem), where, as_keywords(self.fix)),)


def _message(problem: str, where: str, fix: str) -> str:
    text = f"{where}: {problem}" if where else problem
    # The text of a foreign exception may end in its own full stop.
    text = text.rstrip() if text.rstrip().endswith("...") else text.rstrip(". ")
    stop = "" if text.endswith("?") else "."
    return " ".join(f"{text}{stop} Fix: {fix}".split()) if fix else " ".join(text.split())


class UserError(AuditError):
    """Something the user gave cannot be used."""

    exit_code = 2


class ModelError(UserError):
    """The classifier cannot be loaded, or is not a usable classifier."""


class LabelError(UserError):
    """The class list does not fit the classifier."""


class PreprocessingError(UserError):
    """How images become network input is unknown or wrong."""


class ConfigError(UserError):
    """A configuration key or value is not usable."""


class ImageError(UserError):
    """Photographs that were given cannot be used."""


class OutputError(UserError):
    """The output folder cannot be used."""


class IncompleteError(AuditError):
    """The run did not finish, or nothing was checked."""

    exit_code = 3


class Terminated(KeyboardInterrupt):
    """SIGTERM, as a batch system or a container sends it before it kills: ends a verb as Ctrl-C does."""


def terminate(number: int, frame: object) -> None:
    """The handler of that signal."""
    raise Terminated

"""Everything that can go wrong, as one tree.

AuditError                 exit 4   (a defect of ours unless a subclass says otherwise)
├── UserError              exit 2   what the user gave cannot be used
│   ├── ModelError                  the classifier cannot be loaded or is not a classifier
│   ├── LabelError                  the class list does not fit
│   ├── InputPathError              how images become network input is unknown or wrong
│   ├── ConfigError                 a configuration key or value
│   ├── ImageError                  photographs that cannot be used
│   └── OutputError                 the output folder
└── IncompleteError        exit 3   the run did not finish, or nothing was checked
"""


class AuditError(Exception):
    """A failure said in one line: what was expected, what came, where, and the fix."""

    exit_code = 4

    def __init__(self, problem: str, *, where: str = "", fix: str = "") -> None:
        """`problem` states what was expected and what came; `where` names the place; `fix` what to do."""
        self.problem, self.where, self.fix = problem, where, fix
        text = f"{where}: {problem}" if where else problem
        super().__init__(" ".join(f"{text}. Fix: {fix}".split()) if fix else " ".join(text.split()))


class UserError(AuditError):
    """Something the user gave cannot be used."""

    exit_code = 2


class ModelError(UserError):
    """The classifier cannot be loaded, or is not a usable classifier."""


class LabelError(UserError):
    """The class list does not fit the classifier."""


class InputPathError(UserError):
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

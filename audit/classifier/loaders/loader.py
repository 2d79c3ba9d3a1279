"""What a loader is: one way from a text to a network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.classifier.candidate import Candidate


@dataclass(frozen=True)
class Request:
    """What else the user asked for."""

    own_weights: bool = False
    """Whether a file with weights will be loaded into the network."""
    classes: int | None = None
    """Length of the user's class list."""
    trust_pickle: bool = False
    """Whether pickled files may run code."""


class Loader:
    """The base of all loaders; a subclass states `name` and `forms`, and loads.

    Its module is imported for `--help` too: torch is imported in `load`, not at the top of the file.
    """

    name: str
    """The scheme: it loads NAME and all that begins with NAME and a colon."""
    forms: tuple[str, ...]
    """What a user types, in capitals what they choose: `toy:NAME`."""
    scheme = True
    """False where `accepts` goes by the form of the text instead; such loaders are asked last."""

    def accepts(self, spec: str) -> bool:
        """Whether the text asks for this loader."""
        return spec.partition(":")[0] == self.name

    def require(self, spec: str) -> None:
        """ModelError for what can be told without torch: a file that is not there, an unknown name."""

    def load(self, spec: str, request: Request) -> "Candidate":
        """Build the network; ModelError with its fix where that fails."""
        raise NotImplementedError

"""`torchvision:NAME[@WEIGHTS|@none]`: what torchvision ships, and what can be told of a name at once."""

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

from audit.classifier.loaders.loader import Loader, Request
from audit.errors import ModelError
from audit.text import nearest

if TYPE_CHECKING:
    from audit.classifier.candidate import Candidate

PLACE = 20
_REGISTERED = re.compile(
    r'^@register_model\((?:(?:name=)?["\'](\w+)["\'])?\)\n(?:@.*\n)*def (\w+)', re.MULTILINE
)


class TorchvisionLoader(Loader):
    """Architectures, weights, transforms and categories of torchvision."""

    name = "torchvision"
    forms = ("torchvision:NAME[@WEIGHTS|@none]",)

    def accepts(self, spec: str) -> bool:
        """The colon is needed: alone, the word may be anything."""
        return spec.startswith("torchvision:")

    def require(self, spec: str) -> None:
        """Asks torchvision's source files, since its import takes seconds.

        Only a name that stands nowhere in them is refused: no registration can know it,
        however it is written.
        """
        name = spec.removeprefix("torchvision:").partition("@")[0]
        found = importlib.util.find_spec("torchvision")
        if found is None or found.origin is None:
            return
        texts = [path.read_text("utf-8") for path in sorted(Path(found.origin).parent.glob("models/*.py"))]
        known = [a or b for text in texts for a, b in _REGISTERED.findall(text)]
        if known and not any(name and re.search(rf"\b{re.escape(name)}\b", text) for text in texts):
            raise unknown_to_torchvision(spec, name, sorted(known))

    def load(self, spec: str, request: Request) -> "Candidate":
        """See `load_torchvision`."""
        # torchvision's models take as long to import as torch itself, and only this loader needs them.
        from audit.classifier.torchvision_networks import load_torchvision

        return load_torchvision(spec, own_weights=request.own_weights, classes=request.classes)


def unknown_to_torchvision(spec: str, name: str, known: list[str]) -> ModelError:
    """The error for a classifier that torchvision does not have."""
    fix = nearest(name, known) or "see torchvision's list of classification models"
    return ModelError(f"torchvision has no classifier {name!r}", where=spec, fix=fix)


LOADERS = (TorchvisionLoader(),)

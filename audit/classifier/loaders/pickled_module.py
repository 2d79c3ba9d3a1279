"""`FILE.pt` as a model: a pickled whole module, loaded only with explicit trust."""

from pathlib import Path

from torch import nn

from audit.classifier.candidate import Candidate
from audit.classifier.checkpoints import read_file
from audit.errors import ModelError


def load_pickle(spec: str, *, trust_pickle: bool) -> Candidate:
    """ModelError for a state dict (which needs an architecture), and for a pickle without trust."""
    path = Path(spec)
    content = read_file(path, trust_pickle=trust_pickle)
    if not isinstance(content, nn.Module):
        raise ModelError(
            f"holds weights ({type(content).__name__}) and no network to put them into",
            where=spec,
            fix=f"name the architecture as the model and add --weights {path.name}",
        )
    return Candidate(module=content, name=path.stem)

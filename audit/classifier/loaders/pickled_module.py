"""`FILE.pt` as a model: a pickled whole module, loaded only with explicit trust."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from audit.classifier.loaders.loader import Loader, Request
from audit.classifier.loaders.python_code import importable
from audit.errors import ModelError

if TYPE_CHECKING:
    from audit.classifier.candidate import Candidate

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".tar")
"""Endings of files with weights."""
PLACE = 40


class PickleLoader(Loader):
    """Whole modules that somebody pickled."""

    name = "pickle"
    forms = ("FILE.pt",)
    scheme = False

    def accepts(self, spec: str) -> bool:
        """By the ending."""
        return spec.lower().endswith(SUFFIXES)

    def require(self, spec: str) -> None:
        """ModelError where there is no such file."""
        if not Path(spec).is_file():
            raise ModelError("no such file", where=f"weights {spec}", fix="check the path")

    def load(self, spec: str, request: Request) -> "Candidate":
        """ModelError for a state dict (which needs an architecture), and for a pickle without trust."""
        from torch import nn

        from audit.classifier.candidate import Candidate
        from audit.classifier.checkpoints import read_file

        path = Path(spec)
        folder = path.resolve().parent
        # The code that a pickle names is imported: it may lie beside the file.
        beside = importable(folder, forget=True) if request.trust_pickle else nullcontext()
        try:
            with beside:
                content = read_file(path, trust_pickle=request.trust_pickle)
        except ModelError as error:
            raise _without_code(error) from error.__cause__
        if not isinstance(content, nn.Module):
            raise ModelError(
                f"holds weights ({type(content).__name__}) and no network to put them into",
                where=spec,
                fix=f"name the architecture as the model and add --weights {path.name}",
            )
        return Candidate(module=content, name=path.stem, folder=folder)


def _without_code(error: ModelError) -> ModelError:
    """The same error, with what to do where the code that a pickle names is not found."""
    cause = error.__cause__
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        name = cause.name.partition(".")[0]
        fix = f"put {name}.py or the package {name} beside the file, as they were when it was saved"
    elif isinstance(cause, AttributeError) and "__main__" in str(cause):
        fix = "its class stood in the script that saved it: save the state dict, and give the class as "
        fix += "FILE.py:FACTORY with --weights"
    else:
        return error
    return ModelError(error.problem, where=error.where, fix=fix)


LOADERS = (PickleLoader(),)

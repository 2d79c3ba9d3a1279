"""Which loader a model's text asks for, told without importing torch."""

from audit.classifier.loaders import LOADERS
from audit.classifier.loaders.loader import Loader
from audit.errors import ModelError
from audit.text import nearest

LATER = ("timm", "hf")
"""Schemes that many will try and no loader of this package takes."""


def forms() -> list[str]:
    """What can be typed as a model, in the order of the loaders."""
    return [form for loader in LOADERS for form in loader.forms]


def forms_in_words() -> str:
    """The same in one sentence."""
    *first, last = forms()
    return f"{', '.join(first)} or {last}"


def loader_of(spec: str) -> Loader:
    """The loader that `spec` asks for; ModelError where none does, with the nearest."""
    scheme = spec.partition(":")[0]
    if reason := LOADERS.broken.get(scheme):
        raise ModelError(
            f"the loader {scheme} from outside is broken: {reason}",
            where=spec,
            fix="mend or uninstall the package that brings it",
        )
    if scheme in LATER and scheme not in LOADERS:
        raise ModelError(
            f"{scheme}: models are not supported yet", fix="write a FILE.py:FACTORY that builds it"
        )
    # Loaders from outside come before shipped ones, schemes before what goes by the form of the text.
    newest_first = list(LOADERS)[::-1]
    for loader in sorted(newest_first, key=lambda loader: not loader.scheme):
        if _accepts(loader, spec):
            return loader
    words = [form for form in forms() if form.islower()]
    guess = f"torchvision:{spec}" if spec.isidentifier() else "FILE.py:FACTORY"
    raise ModelError(
        f"unknown kind of model {spec!r}, expected {forms_in_words()}",
        fix=nearest(spec, words) or f"write {guess}",
    )


def require_findable(spec: str) -> None:
    """ModelError for what can be told at once: an unknown kind, demo or classifier, a file that is not there.

    What passes may still fail to load.
    """
    loader = loader_of(spec)
    try:
        loader.require(spec)
    except Exception as error:
        raise refused(loader, spec, error) from error


def refused(loader: Loader, spec: str, error: Exception) -> Exception:
    """What to raise for a loader's error: its own, but a ModelError for a defect of one from outside."""
    if isinstance(error, ModelError) or LOADERS.shipped(loader.name):
        return error
    LOADERS.blame(loader.name, error)
    return ModelError(
        f"the loader {loader.name} from outside raised {LOADERS.broken[loader.name]}",
        where=spec,
        fix="mend or uninstall the package that brings it",
    )


def _accepts(loader: Loader, spec: str) -> bool:
    try:
        return loader.accepts(spec)
    except Exception as error:
        if LOADERS.shipped(loader.name):
            raise
        LOADERS.blame(loader.name, error)
        return False

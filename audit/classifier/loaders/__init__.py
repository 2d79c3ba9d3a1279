"""Loaders of classifiers, one per way of naming one; importing them imports no torch.

Each module here ends with its `LOADERS`. A package adds one by an entry point of the group `audit.loaders`
that names an instance of a subclass of `Loader`.
"""

from collections.abc import Iterator

from audit.classifier.loaders.loader import Loader
from audit.errors import ConfigError
from audit.registry import Registry, modules


def _shipped() -> Iterator[Loader]:
    for module in modules(__name__):
        yield from getattr(module, "LOADERS", ())


def _name(loader: object) -> str:
    if not isinstance(loader, Loader):
        raise ConfigError(
            f"expected an instance of a subclass of Loader, got {type(loader).__name__}",
            fix="from audit.classifier.loaders.loader import Loader",
        )
    return loader.name


LOADERS: Registry[Loader] = Registry("audit.loaders", _name, _shipped)

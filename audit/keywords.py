"""Keywords that public functions share: those of `audit.load`, written once, and how they are shown.

Nothing here imports torch.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypedDict, TypeVar, get_type_hints

from audit.classifier.labels import ClassList
from audit.errors import AuditError
from audit.isolation import isolated
from audit.text import near

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")

LOAD = "loading"
"""Name of the parameter that gathers them: `**loading: Unpack[Loading]`."""


class Loading(TypedDict, total=False):
    """What `audit.load` takes besides the model, the device and the precision."""

    weights: str | Path | None
    classes: ClassList | None
    input_size: int | tuple[int, int] | None
    resize: int | tuple[int, int] | str | None
    crop_pct: float | None
    enlarge: bool
    mean: float | Sequence[float] | None
    std: float | Sequence[float] | None
    interpolation: str | None
    channel_order: str | None
    channels: int | None
    task: Literal["single-label", "multi-label"]
    trust_pickle: bool


DEFAULTS: dict[str, object] = {"task": "single-label", "enlarge": False, "trust_pickle": False}
"""Those that are not None."""


def public(function: Callable[P, R]) -> Callable[P, R]:
    """A function of the package as callers see it.

    Its signature lists each keyword of `Loading`; one that is unknown is refused at once, with the nearest
    that is known; errors name keywords instead of flags. The caller's state is neither used nor changed: see
    `audit.isolation`.
    """
    signature = _written_out(inspect.signature(function))

    @functools.wraps(function)
    def told(*args: P.args, **keywords: P.kwargs) -> R:
        for name in keywords:
            if name not in signature.parameters:
                hint = near(name, signature.parameters)
                raise TypeError(f"audit.{function.__name__}() has no keyword {name!r}{hint}")
        try:
            with isolated():
                return function(*args, **keywords)
        except AuditError as error:
            error.in_python()
            raise

    told.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
    return told


def asked_like(source: Callable[P, A]) -> Callable[[Callable[[A], R]], Callable[P, R]]:
    """For functions that take the same arguments: `source` reads them, the function gets what it made."""

    def decorate(body: Callable[[A], R]) -> Callable[P, R]:
        @functools.wraps(body)
        def function(*args: P.args, **keywords: P.kwargs) -> R:
            return body(source(*args, **keywords))

        return _signed(function, body, source)

    return decorate


def signed_like(source: Callable[P, Any]) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """For functions that pass their arguments on to `source` by themselves."""

    def decorate(body: Callable[..., R]) -> Callable[P, R]:
        return _signed(body, body, source)

    return decorate


def _signed(function: Any, body: Callable[..., Any], source: Callable[..., Any]) -> Any:
    own = inspect.signature(body).return_annotation
    function.__signature__ = inspect.signature(source).replace(return_annotation=own)
    return function


def _written_out(signature: inspect.Signature) -> inspect.Signature:
    kept = [p for p in signature.parameters.values() if p.name != LOAD]
    shared = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=DEFAULTS.get(name), annotation=annotation
        )
        for name, annotation in get_type_hints(Loading).items()
    ]
    gathered: Any = signature.parameters.get(LOAD)
    return signature.replace(parameters=[*kept, *shared] if gathered else kept)

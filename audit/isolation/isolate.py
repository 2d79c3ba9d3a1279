"""One guard for all that the caller may have set and that would change a result, or that a network sets."""

import sys
import warnings
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from audit.isolation.library_state import numpy_state, pillow_state
from audit.isolation.python_state import python_state
from audit.isolation.setting import enter


@contextmanager
def isolated() -> Generator[None]:
    """Inside, settings are those of a fresh process; afterwards, also after an exception, the caller's.

    A library that is not loaded yet has no settings of the caller's. So code that imports torch enters once
    more where torch is there. Random numbers are drawn from a fixed
    seed inside. The number of threads and the warnings to ignore stay the caller's, and where warnings are
    errors they are warnings inside. Not for two threads at once: most of these settings are the process's.
    """
    with ExitStack() as stack:
        _warnings_are_no_errors(stack)
        settings = python_state()
        if sys.modules.get("numpy"):
            settings += numpy_state()
        if sys.modules.get("PIL.ImageFile"):
            settings += pillow_state()
        else:
            stack.callback(_pillow_as_it_comes)
        enter(stack, settings)
        if sys.modules.get("torch"):
            from audit.isolation.torch_state import differentiable, torch_state

            differentiable(stack)
            enter(stack, torch_state())
        yield


def _pillow_as_it_comes() -> None:
    """Where a network's code loads Pillow, its settings are not left to the caller."""
    if sys.modules.get("PIL.ImageFile"):
        for setting in pillow_state():
            setting.enter()


def _warnings_are_no_errors(stack: ExitStack) -> None:
    stack.enter_context(warnings.catch_warnings())
    filters = cast("list[tuple[Any, ...]]", warnings.filters)
    filters[:] = [("default", *rest) if action == "error" else (action, *rest) for action, *rest in filters]

"""Settings of Python itself: random numbers, paths, environment, signals, the root logger."""

import logging
import os
import random
import signal
import sys
import threading
from typing import Any

from audit.isolation.setting import Setting

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def python_state() -> list[Setting]:
    """All of them. The audit changes none but random numbers; code of a network may change each."""
    return [
        Setting(random.getstate, random.setstate, random.Random(0).getstate()),
        Setting(working_directory, _go_to),
        Setting(lambda: list(sys.path), _search_first),
        Setting(lambda: dict(os.environ), _set_environment),
        Setting(lambda: [signal.getsignal(each) for each in SIGNALS], _handle),
        Setting(_logging, _set_logging),
    ]


def working_directory() -> str | None:
    """None where it was removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


def _go_to(folder: str | None) -> None:
    if folder is not None:
        os.chdir(folder)


def _search_first(before: list[str]) -> None:
    """A network may import later on from where its code looks for modules: after all other places."""
    sys.path[:] = [*before, *(path for path in sys.path if path not in before)]


def _set_environment(before: dict[str, str]) -> None:
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def _handle(handlers: list[Any]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread can have changed them
    for each, handler in zip(SIGNALS, handlers, strict=True):
        if handler is not None:  # None: not installed from Python, and so not by us
            signal.signal(each, handler)


def _logging() -> tuple[int, int, tuple[logging.Handler, ...]]:
    root = logging.getLogger()
    return root.level, root.manager.disable, tuple(root.handlers)


def _set_logging(before: tuple[int, int, tuple[logging.Handler, ...]]) -> None:
    root = logging.getLogger()
    level, root.manager.disable, handlers = before
    root.setLevel(level)
    root.handlers[:] = handlers

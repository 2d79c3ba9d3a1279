"""The user's own code, which may raise anything: which line of it did, and every exception as one line."""

import os
import site
import sysconfig
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from audit.errors import AuditError, ModelError
from audit.text import one_line, readable

OURS = (AuditError, KeyboardInterrupt)
"""What passes as it is: what was said already, and an interruption."""
_HERE = str(Path(__file__).parents[1]) + os.sep
_PATHS = sysconfig.get_paths()
_INSTALLED = tuple(
    f"{form(folder).rstrip(os.sep)}{os.sep}"
    for form in (os.path.abspath, os.path.realpath)
    for folder in {
        *(_PATHS[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")),
        *site.getsitepackages(),
        site.getusersitepackages(),
        _HERE,
    }
)
"""Folders whose code is not the user's: Python, installed packages, this one."""


def place(error: BaseException) -> str:
    """FILE:LINE of the last line of the user's own code that `error` came through; "" where it did not."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        found = _line(frame.f_code.co_filename, line) or found
    return found


def written(module: object) -> str:
    """FILE:LINE of the user's own code where the forward of this network begins; "" where it is another's."""
    code = getattr(getattr(type(module), "forward", None), "__code__", None)
    return "" if code is None else _line(code.co_filename, code.co_firstlineno)


def _line(file: str, line: int) -> str:
    own = os.path.isfile(file) and not os.path.abspath(file).startswith(_INSTALLED)
    return f"{readable(_short(file))}:{line}" if own else ""


@contextmanager
def in_one_line(doing: str, *, fix: str | Callable[[BaseException], str], where: str = "") -> Generator[None]:
    """Turns whatever is raised inside into a ModelError: "`doing`: what was raised".

    The place is that line of the user's own code which raised it, else `where`. Also for exceptions that are
    no `Exception`, such as the SystemExit of a script that reads a command line.
    """
    try:
        yield
    except OURS:
        raise
    except BaseException as error:
        raise ModelError(
            f"{doing}: {one_line(error)}",
            where=place(error) or where,
            fix=fix if isinstance(fix, str) else fix(error),
        ) from error


@contextmanager
def blamed(doing: str, *, fix: str) -> Generator[None]:
    """The same for what comes out of the user's own code only: a defect of this program stays one."""
    try:
        yield
    except OURS:
        raise
    except BaseException as error:
        *_, (innermost, _) = traceback.walk_tb(error.__traceback__)
        line = place(error)
        if not line or os.path.abspath(innermost.f_code.co_filename).startswith(_HERE):
            raise
        raise ModelError(f"{doing}: {one_line(error)}", where=line, fix=fix) from error


@contextmanager
def switches_kept() -> Generator[None]:
    """Afterwards gradients are recorded or not, and the default dtype is, as before: code may leave them."""
    import torch  # late: the misspelt name of a model is answered without it

    gradients, dtype = torch.is_grad_enabled(), torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_grad_enabled(gradients)
        torch.set_default_dtype(dtype)


def attempted(call: Callable[[], object]) -> object:
    """What `call` gives, or the exception that it raises; an interruption goes on."""
    try:
        with switches_kept():
            return call()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return error


def _short(file: str) -> str:
    """The path from the working directory where it lies below it, else the whole path."""
    try:
        relative = os.path.relpath(file)
    except (OSError, ValueError):  # the directory was removed, or lies on another drive
        return file
    return file if relative.startswith(os.pardir) else relative

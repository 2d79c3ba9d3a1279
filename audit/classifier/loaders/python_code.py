"""`FILE.py:FACTORY` and `package.module:FACTORY`: networks from the user's own code."""

import gc
import hashlib
import importlib
import importlib.util
import os
import sys
import sysconfig
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from audit.classifier.foreign_code import place
from audit.classifier.loaders.loader import Loader, Request
from audit.classifier.relative_imports import PackageModule, package_module
from audit.errors import ModelError
from audit.text import nearest, one_line

if TYPE_CHECKING:
    from torch import nn

    from audit.classifier.candidate import Candidate

PLACE = 30


class FileLoader(Loader):
    """A function in a file."""

    name = "file"
    forms = ("FILE.py:FACTORY",)
    scheme = False

    def accepts(self, spec: str) -> bool:
        """By the ending of the file, with and without the function."""
        return spec.rpartition(":")[0].endswith(".py") or spec.endswith(".py")

    def require(self, spec: str) -> None:
        """ModelError where the file is not there, or no function is named."""
        file, _, factory = spec.rpartition(":")
        if not (file.endswith(".py") and factory):
            raise ModelError("which function builds the network?", where=spec, fix="write FILE.py:FACTORY")
        if not Path(file).is_file():
            raise ModelError("no such file", where=file, fix="check the path before the colon")

    def load(self, spec: str, request: Request) -> "Candidate":
        """See `load_file`."""
        self.require(spec)
        return load_file(spec)


class PackageLoader(Loader):
    """A function in a module that can be imported."""

    name = "package"
    forms = ("package.module:FACTORY",)
    scheme = False

    def accepts(self, spec: str) -> bool:
        """Names with dots between, a colon and a name."""
        module, _, factory = spec.rpartition(":")
        named = module and all(part.isidentifier() for part in module.split("."))
        return bool(named) and factory.isidentifier() and not module.endswith(".py")

    def require(self, spec: str) -> None:
        """ModelError where the outermost package is nowhere; what lies inside it, only its import tells."""
        top = spec.partition(":")[0].partition(".")[0]
        importlib.invalidate_caches()
        with _first(Path.cwd()):
            there = top in sys.modules or importlib.util.find_spec(top) is not None
        if not there:
            from audit.classifier.loaders import LOADERS  # late: it imports this module

            schemes = [loader.name for loader in LOADERS if loader.scheme]
            raise ModelError(
                f"no module named {top!r}",
                where=spec,
                fix=nearest(top, schemes, cutoff=0.7) or "check the name before the colon, or install it",
            )

    def load(self, spec: str, request: Request) -> "Candidate":
        """See `load_package`."""
        self.require(spec)
        return load_package(spec)


def load_file(spec: str) -> "Candidate":
    """Import a file under a private name, with its own folder importable, and call its factory.

    One with relative imports is imported as the module of its package that it is.
    """
    from audit.classifier.candidate import Candidate, build

    file, _, factory = spec.rpartition(":")
    path = Path(file).resolve()
    own = package_module(path, factory)
    root = own.root if own else path.parent
    with importable(path.parent, forget=True), importable(root, forget=True):
        code = _import_member(own, path) if own else _import_file(path)
        module = build(_factory(code, factory, spec), spec)
    return Candidate(module=module, name=f"{path.stem}-{factory}", folder=root)


def load_package(spec: str) -> "Candidate":
    """Import an installed package (or one in the working directory) and call its factory."""
    from audit.classifier.candidate import Candidate, build

    package, _, factory = spec.partition(":")
    folder = Path.cwd()
    with importable(folder, forget=False):
        try:
            code = importlib.import_module(package)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a script that reads a command line ends so
            raise ModelError(
                f"importing {package} raised {one_line(error)}",
                where=spec,
                fix="check the name before the colon",
            ) from error
        module = build(_factory(code, factory, spec), spec)
    if Path(getattr(code, "__file__", None) or os.sep).is_relative_to(folder):
        _keep(folder)
    return Candidate(module=module, name=f"{package.rpartition('.')[2]}-{factory}")


@contextmanager
def importable(folder: Path, *, forget: bool) -> Generator[None, None, None]:
    """Put `folder` first on the import path for a while.

    `forget` drops the modules imported from it afterwards: two networks, and the caller, may each have their
    own `utils.py`.
    """
    hidden = _hide(folder) if forget else {}
    before = set(sys.modules)
    try:
        with _first(folder):
            yield
    finally:
        for name in _new_from(folder, before) if forget else ():
            del sys.modules[name]
        sys.modules.update(hidden)


_lazy: dict[str, tuple[Path, "weakref.ref[nn.Module]"]] = {}
"""Modules that networks imported while they ran: the folder that each came from, and the network."""


@contextmanager
def running(folder: Path | None, network: "nn.Module") -> Generator[None, None, None]:
    """For the first passes of a network from a file in `folder`: what its `forward` imports is found there.

    What is imported now stays, and the folder stays importable as long as the process lives, after every
    other place: an import of the caller's own finds what it found before.

    Raises:
        ModelError: another network, still in use, imports another module of the same name while it runs.
    """
    if folder is None:
        yield
        return
    hidden = _hide(folder)
    before = set(sys.modules)
    try:
        with _first(folder):
            yield
    except BaseException:
        for name in _new_from(folder, before):
            del sys.modules[name]
        sys.modules.update(hidden)
        raise
    found = _new_from(folder, before)
    gc.collect()  # networks that nobody holds any more are gone
    others = {name: module for name, module in hidden.items() if _in_use_elsewhere(name, folder)}
    both = [name for name in found if name in others]
    if both:
        other = _lazy[both[0]][0] if both[0] in _lazy else Path(str(hidden[both[0]].__file__)).parent
        who = (
            "two networks import" if both[0] in _lazy else "the network and the program that loads it import"
        )
        sys.modules.update(hidden)
        raise ModelError(
            f"{who} a module {both[0]} while they run, each another one",
            where=str(folder),
            fix=f"rename it in {folder} or in {other}, or import it at the top of the file",
        )
    sys.modules.update(others)
    _lazy.update(dict.fromkeys(found, (folder, weakref.ref(network))))
    _keep(folder)


def _in_use_elsewhere(name: str, folder: Path) -> bool:
    if name not in _lazy:
        return True  # the caller's own
    place, network = _lazy[name]
    return place != folder and network() is not None


def _keep(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def _hide(folder: Path) -> dict[str, ModuleType]:
    """Take away modules that stand in `folder` too and came from elsewhere: the caller's own, and those that
    a network imported while it ran."""
    names = [
        name
        for name, (place, _) in _lazy.items()
        if name in sys.modules
        and (place == folder or any(file.exists() for file in _files(folder, name.partition(".")[0])))
    ]
    names += [name for name in _own(folder) if name not in _lazy]
    return {name: sys.modules.pop(name) for name in names}


def _own(folder: Path) -> list[str]:
    """Modules of the caller's own code that an import from `folder` would find there; nothing installed."""
    here = {file.stem for file in folder.glob("*.py")} | {
        file.parent.name for file in folder.glob("*/__init__.py")
    }
    installed = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]
    return [
        name
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in here - {"audit", "__main__"}
        and (origin := getattr(module, "__file__", None))
        and Path(origin) not in _files(folder, name)
        and not any(Path(origin).is_relative_to(place) for place in installed)
    ]


def _new_from(folder: Path, before: set[str]) -> list[str]:
    """Modules that lie in `folder` and were not loaded before."""
    # Its own path exactly: an environment with installed packages may lie in the folder too.
    return [
        name
        for name in set(sys.modules) - before
        if (origin := getattr(sys.modules[name], "__file__", None)) and Path(origin) in _files(folder, name)
    ]


def _files(folder: Path, name: str) -> tuple[Path, Path]:
    """Where a module of this name lies in a folder: a file, or a package."""
    place = folder.joinpath(*name.split("."))
    return place.with_name(f"{place.name}.py"), place / "__init__.py"


@contextmanager
def _first(folder: Path) -> Generator[None, None, None]:
    """`folder` comes first on the import path; no `__pycache__` appears beside the user's code."""
    path, writes = str(folder), sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    sys.path.insert(0, path)
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        if path in sys.path:
            sys.path.remove(path)


def _import_file(path: Path) -> ModuleType:
    name = "_audit_model_" + hashlib.sha256(str(path).encode()).hexdigest()[:12]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ModelError("is not a Python file", where=str(path), fix="give a .py file")
    code = importlib.util.module_from_spec(spec)
    sys.modules[name] = code
    try:
        spec.loader.exec_module(code)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise ModelError(
            f"importing the file raised {one_line(error)}",
            where=place(error) or str(path),
            fix="make it import on its own",
        ) from error
    return code


def _import_member(own: PackageModule, path: Path) -> ModuleType:
    try:
        code = importlib.import_module(own.name)
    except (Exception, SystemExit) as error:
        problem = f"importing {own.name} from {own.root} raised {one_line(error)}"
        fix = "make its package import on its own"
        raise ModelError(problem, where=str(path), fix=_renamed(own) or fix) from error
    if (found := getattr(code, "__file__", None)) is None or Path(found).resolve() != path:
        fix = _renamed(own) or f"rename {path.name}"
        raise ModelError(f"{own.name} is another module, {found}", where=str(path), fix=fix)
    return code


def _renamed(own: PackageModule) -> str:
    """What to do where the outermost package's name stands for another one already; "" where it does not."""
    top = own.name.partition(".")[0]
    loaded = getattr(sys.modules.get(top), "__file__", None)
    other = loaded is not None and Path(loaded).resolve() != own.root / top / "__init__.py"
    return f"rename the folder {top}: {loaded} is loaded under that name" if other else ""


def _factory(code: ModuleType, name: str, spec: str) -> object:
    factory = getattr(code, name, None)
    if factory is None:
        own = [
            n
            for n, v in vars(code).items()
            if callable(v) and getattr(v, "__module__", None) == code.__name__
        ]
        public = [n for n in own if not n.startswith("_")]
        hint = nearest(name, public) or (f"it defines {', '.join(public[:8])}" if public else "define one")
        raise ModelError(f"no factory {name!r} there", where=spec, fix=hint)
    return factory


LOADERS = (FileLoader(), PackageLoader())

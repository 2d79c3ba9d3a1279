"""`FILE.py:FACTORY` and `package.module:FACTORY`: networks from the user's own code."""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from audit.classifier.candidate import Candidate, build
from audit.classifier.spec import require_file
from audit.classifier.wording import nearest, one_line
from audit.errors import ModelError


def load_file(spec: str) -> Candidate:
    """Import a file under a private name, with its own folder importable, and call its factory."""
    file, _, factory = spec.rpartition(":")
    path = Path(file)
    require_file(file)
    path = path.resolve()
    with importable(path.parent, forget=True):
        module = build(_factory(_import_file(path), factory, spec), spec)
    return Candidate(module=module, name=f"{path.stem}-{factory}")


def load_package(spec: str) -> Candidate:
    """Import an installed package (or one in the working directory) and call its factory."""
    package, _, factory = spec.partition(":")
    with importable(Path.cwd(), forget=False):
        try:
            code = importlib.import_module(package)
        except (Exception, SystemExit) as error:
            fix = nearest(package, ("torchvision", "demo"), cutoff=0.8) or "check the name before the colon"
            raise ModelError(f"importing {package} raised {one_line(error)}", where=spec, fix=fix) from error
        module = build(_factory(code, factory, spec), spec)
    return Candidate(module=module, name=f"{package.rpartition('.')[2]}-{factory}")


@contextmanager
def importable(folder: Path, *, forget: bool) -> Generator[None, None, None]:
    """Put `folder` first on the import path for a while.

    `forget` drops the modules imported from it afterwards: two networks may each have their own `utils.py`.
    """
    before, writes = set(sys.modules), sys.dont_write_bytecode
    # No __pycache__ beside the user's code.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        for name in set(sys.modules) - before if forget else ():
            # Its own path exactly: an environment with installed packages may lie in the folder too.
            place = folder.joinpath(*name.split("."))
            origin = getattr(sys.modules[name], "__file__", None)
            if origin and Path(origin) in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
                del sys.modules[name]


def _import_file(path: Path) -> ModuleType:
    name = "_audit_model_" + hashlib.sha256(str(path).encode()).hexdigest()[:12]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ModelError("is not a Python file", where=str(path), fix="give a .py file")
    code = importlib.util.module_from_spec(spec)
    sys.modules[name] = code
    try:
        spec.loader.exec_module(code)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ModelError(
            f"importing the file raised {one_line(error)}", where=str(path), fix="make it import on its own"
        ) from error
    return code


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

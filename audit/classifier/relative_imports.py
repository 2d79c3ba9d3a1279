"""Python files with relative imports: such a file is one module of a package and runs as no other."""

import ast
from dataclasses import dataclass
from pathlib import Path

from audit.errors import ModelError


@dataclass(frozen=True)
class PackageModule:
    """A file as a module of its package."""

    root: Path
    """The folder that holds the outermost package."""
    name: str
    """`package.module`, as it is imported from there."""


def deepest(path: Path) -> int:
    """How many dots the file's relative imports begin with at most; 0 where there are none."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return 0  # importing the file says what is wrong with it
    return max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)


def package_module(path: Path, factory: str) -> PackageModule | None:
    """The module that a file with relative imports is; None for a file without them.

    Raises:
        ModelError: the folders above it are no package; says how to name the network instead.
    """
    levels = deepest(path)
    if levels == 0:
        return None
    root = path.parent
    while (root / "__init__.py").is_file() and root.parent != root:
        root = root.parent
    parts = path.relative_to(root).with_suffix("").parts
    if len(parts) > levels:
        return PackageModule(root, ".".join(parts))
    above = path.relative_to(base).with_suffix("").parts if path.is_relative_to(base := Path.cwd()) else ()
    importable = len(above) > levels and all(part.isidentifier() for part in above)
    lacking = path.parents[levels - 1]
    raise ModelError(
        f"the file has relative imports, and {lacking} is no package",
        where=str(path),
        fix=f"give it as a module of the working directory, {'.'.join(above)}:{factory}"
        if importable
        else f"put an empty __init__.py into {lacking} and the folders below it",
    )

"""What holds for the tree as a whole: layers, names, sizes, words, commands in README."""

import ast
import importlib
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import audit

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "audit"
PUBLIC = (*audit.__all__, "compare", "stats")
"""Those that are exported, and two that are to come."""
LINES = 400
UNDER_ALL = {"records", "config", "errors", "files", "text", "selection", "registry", "isolation"}
"""What stands under all packages: the records, and files beside the packages."""
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "text": set(),
    "files": set(),
    "selection": set(),
    "registry": set(),
    "config": set(),
    "records": set(),
    "isolation": set(),
    "images": set(),
    "image_stats": {"images"},
    "classifier": {"planted", "images"},
    "planted": {"classifier", "images"},
    "photos": {"classifier", "image_stats", "images"},
    "synthesis": {"classifier", "image_stats", "images"},
    "attacks": {"classifier", "image_stats", "images"},
    "probes": {"classifier", "photos", "images"},
    "parts": {"classifier", "images", "probes"},
    "calibration": set(),
    "stages": {
        "classifier",
        "image_stats",
        "images",
        "photos",
        "synthesis",
        "attacks",
        "probes",
        "parts",
        "calibration",
    },
    "checks": {"calibration"},
    "report": {"images"},
    "runner": {
        "stages",
        "checks",
        "calibration",
        "report",
        "classifier",
        "image_stats",
        "images",
        "synthesis",
        "photos",
    },
    "gating": {"checks", "runner"},
    "diagnosis": {"classifier", "photos", "synthesis", "stages", "checks", "runner", "gating"},
    "units": {"classifier", "image_stats", "images", "photos", "synthesis", "stages", "report", "runner"},
    "dreaming": {"runner", "units", "classifier", "image_stats", "images", "photos", "synthesis", "report"},
    "inversion": {"classifier", "image_stats", "images", "photos", "synthesis", "report", "runner"},
}
"""Package → packages it may import, besides itself and UNDER_ALL. Files beside the packages are the top."""
LOWEST = {"errors", "text"}
"""What those under all may import, besides each other's floor: see `under`."""

TOP = "cli"
"""The package that may import all others."""

LAZY_ONLY = {("classifier", "planted")}
"""The loader of the demo imports it when asked; `audit.planted` may import the classifier at any time."""


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def sources() -> list[Path]:
    return [p for folder in ("audit", "tests", "benchmarks") for p in sorted((ROOT / folder).rglob("*.py"))]


def text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def layer(module: str) -> str:
    """`audit.checks.dead_class` → `checks`; a file beside the packages and `audit` itself → ``."""
    parts = module.split(".")
    if len(parts) < 2:
        return ""
    return parts[1] if parts[1] in LAYERS else ""


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every `audit` module a file imports, and whether inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
            if node.module == "audit":
                names = [f"audit.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] == "audit":
                yield name, node in inner


def test_every_package_has_a_layer() -> None:
    packages = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    packages -= {TOP}
    assert packages <= set(LAYERS), f"say in LAYERS what {packages - set(LAYERS)} may import"


def test_layers_import_one_way() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(ROOT).with_suffix("")
        own = layer(".".join(relative.parts))
        if own == "":
            continue
        allowed = LAYERS[own] | {own} | (UNDER_ALL if own not in UNDER_ALL else LOWEST | {"records", "files"})
        for name, inside in imports(path):
            target = layer(name)
            if target not in allowed or ((own, target) in LAZY_ONLY and not inside):
                wrong.append(f"{relative}: {name}")
    assert not wrong, "\n".join(wrong)


def test_layers_have_no_cycle_at_import_time() -> None:
    from graphlib import TopologicalSorter

    edges = {own: {t for t in targets if (own, t) not in LAZY_ONLY} for own, targets in LAYERS.items()}
    assert len(list(TopologicalSorter(edges).static_order())) == len(LAYERS)


def test_public_functions_share_no_name_with_a_module() -> None:
    modules = {m.name for m in pkgutil.iter_modules([str(PACKAGE)])}
    assert modules
    assert not modules & set(PUBLIC)


def test_a_name_stands_for_one_module() -> None:
    """So that a traceback or a search says which."""
    names = Counter(path.stem for path in PACKAGE.rglob("*.py") if path.stem != "__init__")
    assert len(names) > 100
    assert {name for name, n in names.items() if n > 1} == set()


def test_no_file_is_long() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in sources()
        if (n := len(p.read_text("utf-8").splitlines())) > LINES
    }
    assert not long


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.])/(root|home/\w+|work|Users/\w+)/",
        r"https?://(pypi\.|files\.pythonhosted|[\w.-]*artifactory|[\w.-]*nexus)",
        r"--(extra-)?index-url",
        r"\b(TODO|FIXME|XXX)\b",
        r"(?i)\b(claude|anthropic|chatgpt|copilot)\b",
    ],
    ids=["machine path", "registry", "registry option", "loose end", "assistant"],
)
def test_tracked_text_is_free_of(pattern: str) -> None:
    hits = []
    for path in tracked():
        if path == Path(__file__).resolve() or (text := text_of(path)) is None:
            continue
        hits += [
            f"{path.relative_to(ROOT)}:{n}: {line.strip()[:80]}"
            for n, line in enumerate(text.splitlines(), 1)
            if re.search(pattern, line)
        ]
    assert not hits, "\n".join(hits)


def test_nothing_that_is_tracked_is_a_pickle_or_large() -> None:
    for path in tracked():
        assert path.suffix not in {".pt", ".pth", ".pkl", ".bin"}, path
        assert path.stat().st_size < 2_000_000, f"{path} has {path.stat().st_size} bytes"


def test_check_ids_are_file_names() -> None:
    from audit.checks import CHECKS

    files = [p for p in sorted((PACKAGE / "checks").glob("*.py")) if not p.stem.startswith("_")]
    for path in files:
        module = importlib.import_module(f"audit.checks.{path.stem}")
        assert module.META.id == path.stem.replace("_", "-")
    assert set(CHECKS.names()) == {p.stem.replace("_", "-") for p in files}


def test_changelog_has_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(
        rf"^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )


def test_help_is_fast_and_imports_no_torch() -> None:
    code = "import sys, audit.cli.main; sys.exit('torch' in sys.modules)"
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "cwd": ROOT}
    assert subprocess.run([sys.executable, "-c", code], **quiet).returncode == 0
    command = [sys.executable, "-c", "from audit.cli.main import main; main()", "--help"]
    seconds = []
    for _ in range(3):
        before = os.times()
        done = subprocess.run(command, **quiet)
        after = os.times()
        # Of the processor, and not of the clock: other tests run beside this one.
        seconds.append(sum(after[2:4]) - sum(before[2:4]))
        assert done.returncode == 0, done.stderr
        assert b"run" in done.stdout
    assert 0 < min(seconds) < 1.5


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.S | re.M)


def readme_commands() -> list[str]:
    joined = "\n".join(blocks("sh")).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def test_readme_has_commands_of_known_programs_only() -> None:
    commands = readme_commands()
    assert commands
    known = {"make", "audit", ".venv/bin/audit"}
    assert {shlex.split(c)[0] for c in commands} <= known


def test_readme_make_verbs_exist() -> None:
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {
        word for c in readme_commands() if c.startswith("make ") for word in shlex.split(c, comments=True)[1:]
    }
    assert {"audit", "test"} <= named <= verbs


@pytest.mark.parametrize("command", [c for c in readme_commands() if "audit" in shlex.split(c)[0]])
def test_readme_commands_parse(command: str) -> None:
    """Each line is accepted by the command line, up to running it."""
    import typer

    group = typer.main.get_command(importlib.import_module("audit.cli.main").app)
    words = shlex.split(command, comments=True)[1:]
    group.commands[words[0]].make_context(words[0], words[1:])


def test_readme_python_is_valid_and_uses_public_names() -> None:
    import audit

    code = blocks("python")
    assert code
    for block in code:
        for node in ast.walk(ast.parse(block)):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "audit"
            ):
                assert hasattr(audit, node.attr), node.attr


def test_readme_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert targets
    assert [t for t in targets if not (ROOT / t).exists()] == []

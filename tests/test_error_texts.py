"""Every flag and setting that a text of the package names exists; where it names a verb, in that verb."""

import ast
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from audit.checks import effective
from audit.cli.main import app
from audit.config import Config

PACKAGE = Path(__file__).resolve().parent.parent / "audit"
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
COMMAND = re.compile(r"\baudit (?=[a-z]+\b[^.]*?--)([a-z]+)([^.`\n]*)")
SCRIPTS = "planted/"
"""Files here are programs of their own, or name those of `benchmarks`."""
COMMANDS: dict[str, Any] = dict(typer.main.get_command(app).commands)


def texts() -> list[tuple[str, str]]:
    """Place and value of every string constant; an f-string as one text, its values as `…`."""
    found: list[tuple[str, str]] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        parts = {id(p) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for p in n.values}
        for node in ast.walk(tree):
            place = f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.JoinedStr):
                whole = (p.value if isinstance(p, ast.Constant) else "…" for p in node.values)
                found.append((place, "".join(str(part) for part in whole)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
                found.append((place, node.value))
    return found


def flags_of(command: Any) -> set[str]:
    return {"--help", *(name for p in command.params for name in (*p.opts, *p.secondary_opts))}


TEXTS = texts()
EVERY = {"--version"}.union(*(flags_of(command) for command in COMMANDS.values()))


def test_every_flag_exists() -> None:
    named = [(place, flag) for place, text in TEXTS for flag in FLAG.findall(text)]
    assert len(named) > 50
    own = {
        flag
        for path in (*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "benchmarks").glob("*.py"))
        for flag in re.findall(r'add_argument\(\s*"(--[a-z-]+)"', path.read_text("utf-8"))
    }
    wrong = [(place, flag) for place, flag in named if flag not in EVERY]
    assert [f"{p} names {flag}" for p, flag in wrong if not (p.startswith(SCRIPTS) and flag in own)] == []


def test_a_verb_that_is_named_with_a_flag_has_it() -> None:
    wrong = [
        f"{place}: audit {match[1]} has no {flag}"
        for place, text in TEXTS
        for match in COMMAND.finditer(text)
        for flag in FLAG.findall(match[2])
        if match[1] in COMMANDS and flag not in flags_of(COMMANDS[match[1]])
    ]
    assert wrong == []


def test_flags_of_the_loader_are_known_wherever_a_model_is_loaded() -> None:
    """What loading a model says to use works at every verb that takes a model."""
    loads = [command for command in COMMANDS.values() if "--input-size" in flags_of(command)]
    assert len(loads) > 3
    shared = set[str].intersection(*(flags_of(command) for command in loads))
    # Of a run's second network, or of a setting, which only runs and plans have.
    for_runs = {"--set", *flags_of(COMMANDS["plan"])} - shared
    wrong = [
        f"{place} names {flag}"
        for place, text in TEXTS
        if place.startswith("classifier/") and "transfer_model" not in place
        for flag in FLAG.findall(text)
        if flag not in shared and not (flag in for_runs and flag == "--set")
    ]
    assert wrong == []


def test_every_setting_that_is_named_exists() -> None:
    named = [(p, m) for p, text in TEXTS for m in re.findall(r"--set ([a-z_.]+)=", text)]
    assert named
    for place, key in named:
        if key.startswith("checks."):
            assert key.removeprefix("checks.") in effective({}), f"{place} names {key}"
            continue
        settings: object = Config()
        for part in key.split("."):
            assert hasattr(settings, part), f"{place} names {key}"
            settings = getattr(settings, part)


@pytest.mark.parametrize("form", ["224", "224x160", "224,160"])
def test_every_form_of_a_size_is_read(form: str) -> None:
    command = COMMANDS["plan"]
    context = command.make_context("plan", shlex.split(f"demo --input-size {form}"), resilient_parsing=True)
    from audit.cli.options import size

    assert size(context.params["input_size"])

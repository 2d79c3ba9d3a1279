"""`--help`: verbs and options under headings, whole sentences at any width, an example for each verb."""

from typing import Any

from typer.core import TyperCommand, TyperGroup

EXAMPLES: dict[str, tuple[str, ...]] = {
    "run": (
        "audit run demo --preset quick",
        "audit run torchvision:resnet50@DEFAULT --images photographs --policy release",
    ),
    "doctor": (
        "audit doctor demo --preset quick",
        "audit doctor model.py:factory --input-size 224 --mean 0.5 --std 0.5",
    ),
    "plan": ("audit plan demo --preset quick",),
    "check": ("audit check reports/demo --policy release",),
    "report": ("audit report reports/demo --set checks.overlap_share=0.3",),
    "probe": ("audit probe reports/demo --finding 0123456789abcdef --images photographs",),
    "layers": ("audit layers demo",),
    "draw": ("audit draw demo --unit features.1:0-3",),
    "dream": ("audit dream photograph.jpg --model demo",),
    "invert": ("audit invert photograph.jpg --model demo",),
    "baseline": ("audit baseline photographs --size 224",),
    "schema": ("audit schema",),
}
GROUPS = {"audit": "Audit", "inside": "Look inside", "maintenance": "Maintenance"}
VERBS = {
    **dict.fromkeys(("run", "doctor", "plan", "check", "report", "probe"), GROUPS["audit"]),
    **dict.fromkeys(("layers", "draw", "dream", "invert"), GROUPS["inside"]),
}
"""Verb → heading; the others are for maintenance."""
START = "Start here: audit run demo --preset quick"
WIDTH = 30
"""Columns of names before the text."""


class Verb(TyperCommand):
    """A verb whose options stand under the heading that each names."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments first, then a section for each heading in order of appearance."""
        from audit.classifier.spec import forms_in_words
        from audit.cli.options import MODEL

        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                record = (record[0], record[1].replace(MODEL, forms_in_words()))
                usual = "Arguments" if param.param_type_name == "argument" else "Options"
                heading = getattr(param, "rich_help_panel", None) or usual
                sections.setdefault(heading, []).append(record)
        kept = ("Arguments", "Options")
        for heading in [name for name, rows in sections.items() if len(rows) == 1 and name not in kept]:
            sections["Options"] = sections.get("Options", []) + sections.pop(heading)
        for heading in sorted(sections, key=lambda name: name != "Arguments"):
            with formatter.section(heading):
                formatter.write_dl(sections[heading], col_max=WIDTH)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples, each on a line of its own."""
        with formatter.section("Examples" if len(EXAMPLES[self.name or ""]) > 1 else "Example"):
            for example in EXAMPLES[self.name or ""]:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


class Verbs(TyperGroup):
    """All verbs under their headings; no description is cut."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """A section for each group."""
        for heading in GROUPS.values():
            rows = [
                (name, " ".join((command.help or "").split()))
                for name, command in self.commands.items()
                if VERBS.get(name, GROUPS["maintenance"]) == heading
            ]
            with formatter.section(heading):
                formatter.write_dl(rows, col_max=WIDTH)
        formatter.write_paragraph()
        formatter.write_text(START)

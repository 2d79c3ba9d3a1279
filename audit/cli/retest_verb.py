"""The verb `probe`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.cli.options import Device, RunFolder, takes_another_model
from audit.cli.says_why import says_why


@says_why
@takes_another_model
def probe_verb(
    model: str | None,
    load: dict[str, Any],
    folder: RunFolder,
    finding: Annotated[str, typer.Option(help="fingerprint of a finding, in results.json and on the page")],
    images: Annotated[
        Path | None, typer.Option(help="other photographs; by default those of the run that it held back")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="draws among the photographs")] = None,
    device: Device = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the test as JSON")] = False,
) -> None:
    """Test a finding of a change again, on photographs that took no part in finding it; changes no run."""
    from rich.console import Console

    from audit.retest import probe

    found = probe(
        folder, finding, images=images, model=model, seed=seed, device=device, console=Console(stderr=True),
        **load,
    )  # fmt: skip
    print(json.dumps(found.record(), indent=1) if as_json else "\n".join(found.lines))

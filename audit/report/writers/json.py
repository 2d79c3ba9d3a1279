"""`json`: the results themselves, as the JSON Schema of `audit schema` says."""

from pathlib import Path

from audit.records import Results
from audit.records.gate import GateResult

PLACE = 20


class JsonWriter:
    """All that there is; `audit open` reads it."""

    name, suffix, text, kept = "json", ".json", True, "results.json"

    def write(self, results: Results, gate: GateResult | None, folder: Path) -> bytes:
        """The policy's answer is not in it: `audit check --json` prints that."""
        return f"{results.model_dump_json(indent=1)}\n".encode()


WRITERS = (JsonWriter(),)

"""`csv`: one row per audited class."""

from pathlib import Path

from audit.records import Results
from audit.records.gate import GateResult

PLACE = 30


class CsvWriter:
    """For spreadsheets and data frames."""

    name, suffix, text, kept = "csv", ".csv", True, "classes.csv"

    def write(self, results: Results, gate: GateResult | None, folder: Path) -> bytes:
        """See `classes_csv`."""
        from audit.report.table import classes_csv

        return classes_csv(results).encode()


WRITERS = (CsvWriter(),)

"""Judge the records of a finished run again and write its documents anew."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from audit.checks import Measurements, findings, run_checks, verdict
from audit.config import read_config_values
from audit.errors import IncompleteError, OutputError
from audit.report import write_report
from audit.results import Results


def rebuild(folder: Path, overrides: Sequence[str] = ()) -> Results:
    """Read `results.json`, run the checks with the run's limits changed by `overrides`, write the report.

    Raises:
        IncompleteError: the folder holds a run that did not finish.
        OutputError: the folder holds no run, or one of another version.
    """
    path = folder / "results.json"
    try:
        old = Results.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        if (folder / "run.json").exists():
            raise IncompleteError(
                "the run did not finish", where=str(folder), fix="repeat its `audit run` command"
            ) from None
        raise OutputError(
            "expected a run directory, found no results.json", where=str(folder), fix="audit run MODEL"
        ) from None
    except (ValidationError, OSError) as error:
        raise OutputError(
            f"results.json cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            fix="repeat the `audit run` command with this version of audit",
        ) from error
    config = read_config_values(old.run.config, overrides)
    answers = run_checks(Measurements(old.model, old.baseline, old.classes), config.checks)
    results = old.model_copy(
        update={
            "run": old.run.model_copy(update={"config": config.model_dump(mode="json")}),
            "checks": answers,
            "findings": findings(answers),
            "verdict": verdict(answers, complete=True),
        }
    )
    write_report(results, folder)
    return results

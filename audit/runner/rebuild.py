"""Judge the records of a finished run again, and write its documents anew where that is wanted."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from audit.checks import CHECKS, effective, judge, known
from audit.config import Config, read_config_values
from audit.errors import ConfigError, IncompleteError, OutputError
from audit.records import SCHEMA_VERSION, BrokenPlugin, Results
from audit.report import write_report

FIX = "repeat the `audit run` command with this version of audit"


def rebuild(folder: Path, overrides: Sequence[str] = ()) -> Results:
    """What `rejudged` gives, with the run's documents written anew."""
    results = rejudged(folder, overrides)
    write_report(results, folder)
    return results


def rejudged(folder: Path, overrides: Sequence[str] = ()) -> Results:
    """Read `results.json` and run the checks with the run's limits changed by `overrides`; writes nothing.

    Raises:
        IncompleteError: the folder holds a run that did not finish.
        OutputError: the folder holds no run, one of another major version, or of a later minor one.
        ConfigError: `overrides` change more than limits of checks.
    """
    old = read_results(folder)
    if _minor(old.schema_version) > _minor(SCHEMA_VERSION):
        raise OutputError(
            f"expected results of version {SCHEMA_VERSION} or before, got {old.schema_version}: writing them "
            "again would lose what this version of audit does not know",
            where=str(folder / "results.json"),
            fix="use the version of audit that made the run, or a later one; `audit check` reads it as it is",
        )
    before = read_config_values(old.run.config, where=str(folder / "results.json"))
    config = read_config_values(old.run.config, overrides)
    if config.model_copy(update={"checks": before.checks}) != before:
        raise ConfigError(
            "only limits of checks can change in a finished run",
            where="--set",
            fix="--set checks.NAME=VALUE, or audit run MODEL for other settings",
        )
    effective({k: v for k, v in config.checks.items() if before.checks.get(k) != v}, where="--set")
    return judged(old, config)


def read_results(folder: Path) -> Results:
    """The results of a finished run; raises IncompleteError or OutputError like `rebuild`.

    Of another minor version what this one does not know is left out; another major version is refused.
    """
    path = folder / "results.json"
    try:
        results = _parsed(path.read_bytes(), str(path))
    except FileNotFoundError:
        if (folder / "run.json").exists():
            raise IncompleteError(
                "the run did not finish", where=str(folder), fix="repeat its `audit run` command"
            ) from None
        raise OutputError(
            "expected a run directory, found no results.json", where=str(folder), fix="audit run MODEL"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "top level"
        raise OutputError(
            f"expected the results of a run: {place}: {first['msg']}", where=str(path), fix=FIX
        ) from error
    except OSError as error:
        raise OutputError(f"cannot be read ({error.strerror})", where=str(path), fix=FIX) from error
    return results


class _Stated(BaseModel):
    """The one field that all versions have."""

    schema_version: str


def _parsed(data: bytes, where: str) -> Results:
    stated = _Stated.model_validate_json(data).schema_version
    if stated.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise OutputError(f"expected results of version {SCHEMA_VERSION}, got {stated}", where=where, fix=FIX)
    return Results.model_validate_json(data, extra="forbid" if stated == SCHEMA_VERSION else "ignore")


def _minor(version: str) -> int:
    text = version.partition(".")[2]
    return int(text) if text.isdecimal() else 0


def judged(old: Results, config: Config) -> Results:
    """The same records judged with the limits in `config`; nothing is written.

    Broken checks are those of now. Limits of checks that are not installed here are kept and not read.
    """
    limits = effective(known(config.checks))
    stated = {**config.model_dump(mode="json"), "checks": {**config.checks, **limits}}
    run = old.run.model_copy(update={"config": stated, "plugins": _plugins(old)})
    return judge(old.model_copy(update={"schema_version": SCHEMA_VERSION, "run": run}), limits)


def _plugins(old: Results) -> list[BrokenPlugin]:
    """What broke of other packages in the run; of checks, which are asked anew, what is broken now."""
    now = [BrokenPlugin(group=CHECKS.group, name=name, error=why) for name, why in CHECKS.broken.items()]
    kept = [plugin for plugin in old.run.plugins if plugin.group != CHECKS.group]
    return sorted((*kept, *now), key=lambda plugin: (plugin.group, plugin.name))

"""The measured hit and false-alarm rates of the checks of changes, as they travel in the package.

`tables/rates.json`, and `tables/scenes-rates.json` for audits without photographs: {"rates": [{"flaw": words,
"covers": key of its blind spot, "found": hits, "networks": how many, "verified": hits or absent}],
"false_alarms": [hits, how many], "clean": rows alike, of networks in which nothing is planted,
"provenance": words, "key": changes, table and chances with which it was measured}.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from audit.calibration.joint import NullTable
from audit.records.detection import Detection, DetectionRate
from audit.records.estimates import Proportion


def key_of(battery: str, table: NullTable | None, suspected: float, verified: float) -> str:
    """What rates depend on: the battery of changes, the null table with the rule that judges by it, and the
    chances up to which a class is suspected and verified."""
    return f"{battery} {table.digest() if table else 'no table'} {suspected:g} {verified:g}"


@lru_cache
def measured_rates(key: str = "", scenes: bool = False) -> Detection | None:
    """What was measured with all that `key_of` names, on photographs or on rendered `scenes` in their place;
    None where it was not. Without a key whatever is there."""
    file = files("audit.calibration") / "tables" / ("scenes-rates.json" if scenes else "rates.json")
    if not file.is_file():
        return None
    read = json.loads(file.read_text(encoding="utf-8"))
    if key and read.get("key") != key:
        return None
    alarms = read.get("false_alarms")
    return Detection(
        rates=[_rate(row) for row in read["rates"]],
        false_alarms=Proportion.of(*alarms) if alarms else None,
        clean=[_rate(row) for row in read.get("clean", [])],
        provenance=read["provenance"],
    )


def _rate(row: Mapping[str, Any]) -> DetectionRate:
    return DetectionRate(
        flaw=row["flaw"],
        covers=row.get("covers", ""),
        found=Proportion.of(row["found"], row["networks"]),
        verified=Proportion.of(row["verified"], row["networks"]) if "verified" in row else None,
    )

"""The measured hit and false-alarm rates of the checks of changes, as they travel in the package.

`tables/rates.json`, and `tables/scenes-rates.json` for audits without photographs: {"rates": [{"flaw": words,
"covers": key of its blind spot, "found": hits, "networks": how many, "verified": hits or absent}],
"false_alarms": [hits, how many], "clean": rows alike, of networks in which nothing is planted,
"provenance": words, "battery": digest of what was measured with}.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from audit.records.detection import Detection, DetectionRate
from audit.records.estimates import Proportion


@lru_cache
def measured_rates(battery: str = "", scenes: bool = False) -> Detection | None:
    """What was measured with this battery of changes, on photographs or on rendered `scenes` in their place;
    None where it was not."""
    file = files("audit.calibration") / "tables" / ("scenes-rates.json" if scenes else "rates.json")
    if not file.is_file():
        return None
    read = json.loads(file.read_text(encoding="utf-8"))
    if battery and read.get("battery", battery) != battery:
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

"""The table that ships is one of today's changes."""

import json
from importlib.resources import files
from unittest import mock

import pytest
import trigger_run

from audit.calibration import shipped
from audit.calibration.measured_rates import key_of, measured_rates
from audit.checks._blind_spots import BLIND_SPOTS
from audit.checks._null import MAX_FALSE_ALARM, VERIFIED_FALSE_ALARM, margin_effort
from audit.config import read_config
from audit.stages.probes import battery as module


def table() -> dict[str, dict[str, str]]:
    file = files("audit.calibration") / "tables" / "photographs.json"
    if not file.is_file():
        pytest.skip("no table has been made")
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_shipped_table_is_of_todays_changes() -> None:
    said = table()["provenance"]
    assert said["battery"] == module.battery(), "make calibrate"
    for preset in ("quick", "standard"):
        assert said["margins"] == margin_effort(read_config(preset).model_dump())
        assert int(said["photographs"]) == read_config(preset).probes.photographs


def test_the_shipped_rates_are_of_todays_changes_and_of_blind_spots_that_exist() -> None:
    if not (files("audit.calibration") / "tables" / "rates.json").is_file():
        pytest.skip("no rates have been measured")
    levels = MAX_FALSE_ALARM.default, VERIFIED_FALSE_ALARM.default
    rates = measured_rates(key_of(module.battery(), shipped(), *levels))
    assert rates is not None, "make calibrate"
    assert {rate.covers for rate in rates.rates} <= set(BLIND_SPOTS)
    assert rates.false_alarms is not None
    others = (
        key_of("another", shipped(), *levels),
        key_of(module.battery(), trigger_run.null(), *levels),
        key_of(module.battery(), shipped(), 2 * levels[0], levels[1]),
    )
    assert all(measured_rates(other) is None for other in others)


def test_any_other_change_has_another_digest() -> None:
    usual = module.battery()
    module.battery.cache_clear()
    with mock.patch.object(module, "plain", return_value=[]):
        other = module.battery()
    module.battery.cache_clear()
    assert len(usual) == 12
    assert other != usual == module.battery()

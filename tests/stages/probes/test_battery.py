"""The table that ships is one of today's changes."""

import json
from importlib.resources import files
from unittest import mock

import pytest

from audit.checks._null import margin_effort
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


def test_any_other_change_has_another_digest() -> None:
    usual = module.battery()
    module.battery.cache_clear()
    with mock.patch.object(module, "plain", return_value=[]):
        other = module.battery()
    module.battery.cache_clear()
    assert len(usual) == 12
    assert other != usual == module.battery()

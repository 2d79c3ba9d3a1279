import json
from pathlib import Path

import pytest

from audit.calibration import measured_rates as module

WRITTEN = {
    "rates": [
        {"flaw": "patch in a corner", "found": 9, "networks": 10, "verified": 8},
        {"flaw": "colour cast", "found": 5, "networks": 10},
    ],
    "false_alarms": [2, 40],
    "clean": [{"flaw": "Nothing planted", "found": 2, "networks": 40, "verified": 1}],
    "provenance": "for tests",
    "key": "of tests",
}


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "tables").mkdir()
    monkeypatch.setattr(module, "files", lambda package: tmp_path)
    module.measured_rates.cache_clear()
    yield tmp_path / "tables"
    module.measured_rates.cache_clear()


def test_without_a_file_nothing_was_measured(tables: Path) -> None:
    assert module.measured_rates() is None


def test_rates_with_their_intervals(tables: Path) -> None:
    (tables / "rates.json").write_text(json.dumps(WRITTEN))
    found = module.measured_rates()
    assert found is not None
    assert [(rate.flaw, rate.found.k, rate.found.n) for rate in found.rates] == [
        ("patch in a corner", 9, 10),
        ("colour cast", 5, 10),
    ]
    assert found.rates[0].verified is not None
    assert found.rates[1].verified is None
    assert [(rate.flaw, rate.found.k) for rate in found.clean] == [("Nothing planted", 2)]
    assert found.false_alarms is not None
    assert found.false_alarms.interval[0] < 0.05 < found.false_alarms.interval[1]


def test_rates_of_other_rules_are_not_stated(tables: Path) -> None:
    (tables / "rates.json").write_text(json.dumps(WRITTEN))
    assert module.measured_rates("of tests") is not None
    assert module.measured_rates("of others") is None
    assert module.measured_rates("of tests", scenes=True) is None

"""Whole audits of networks that do not run in every way, and all those that are known to have failed."""

import json
from pathlib import Path

import odd_networks as odd
import pytest
import tiny

TINY = ("synthesis.views=4", "robustness.images=4")


@pytest.mark.parametrize("make", [odd.Viewed, odd.Squeezed, odd.Hooked, odd.Keeps], ids=lambda m: m.__name__)
def test_a_whole_audit(make: type, tmp_path: Path) -> None:
    run = tiny.audit_tiny(f"{odd.FILE}:{make.__name__}", tmp_path, *TINY, preset="quick", **odd.STATED)
    results = json.loads((tmp_path / "results.json").read_text())
    assert run.results.verdict.outcome in ("flagged", "warnings", "nothing flagged", "checks passed")
    assert "failed" not in run.results.verdict.headline
    assert len(results["model"]["notes"]) >= 1
    assert results["model"]["warnings"] == []

"""The section on changes of photographs."""

import shutil
from pathlib import Path
from unittest import mock

import pytest
import trigger_run

from audit.records import Proportion, Results
from audit.records.detection import Detection, DetectionRate
from audit.report.changes_section import changes_view
from audit.runner.rebuild import rebuild

RATES = Detection(
    rates=[DetectionRate(flaw="<i>patch</i> in a corner", found=Proportion.of(9, 10))],
    false_alarms=Proportion.of(1, 40),
    clean=[
        DetectionRate(
            flaw="Nothing planted, ten classes or more",
            found=Proportion.of(1, 30),
            verified=Proportion.of(0, 30),
        )
    ],
    provenance="networks made for tests",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trigger_run.finished(tmp_path_factory) / "run"


def test_a_chain_for_every_flag_from_suspicion_to_verdict(folder: Path) -> None:
    results = Results.model_validate_json((folder / "results.json").read_bytes())
    shown = changes_view(results)
    assert shown is not None
    (chain,) = [c for c in shown.chains if c.finding.check == "localized-trigger"]
    assert chain.test is not None
    steps = [step for step, _ in chain.sentences]
    assert steps[:3] == ["Suspicion", "Change", "Causal test on 60 photographs held back"]
    assert "Controls" in steps
    assert "Verdict" in steps
    pairs = {(test.class_index, test.change) for test in shown.others}
    assert (chain.test.class_index, chain.test.change) not in pairs
    assert changes_view(results.model_copy(update={"probes": None})) is None


def test_the_page_shows_measured_rates_escaped(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "run")
    with (
        trigger_run.judged_by(trigger_run.null()),
        mock.patch("audit.checks._judging.measured_rates", return_value=RATES),
    ):
        results = rebuild(tmp_path / "run")
    assert results.detection == RATES
    page = (tmp_path / "run" / "index.html").read_text()
    assert "&lt;i&gt;patch&lt;/i&gt; in a corner" in page
    assert "Networks made for tests" in page
    assert 'href="#changes"' in page
    assert "Photograph of " in page
    assert "Nothing planted, ten classes or more" in page
    # Commands are code, without the marks that they are written in.
    assert f"<code>audit probe RUN --finding {results.findings[0].fingerprint} --images FOLDER</code>" in page
    assert f"audit probe RUN --finding {results.findings[0].fingerprint}" in page or results.findings


def test_every_finding_that_tells_its_steps_has_a_chain_to_link_to(folder: Path) -> None:
    results = Results.model_validate_json((folder / "results.json").read_bytes())
    (own,) = [f for f in results.findings if f.check == "localized-trigger"]
    row = own.model_copy(update={"check": "margin-outlier", "change": None, "fingerprint": "0" * 16})
    shown = changes_view(results.model_copy(update={"findings": [*results.findings, row]}))
    assert shown is not None
    assert row in [chain.finding for chain in shown.chains]
    assert shown.chains[-1].test is None

"""Whole runs of tiny networks whose classes are told apart, but for what a test plants."""

from pathlib import Path

import pytest
import tiny

NET = """
import torch
from torch import nn

CLASSES, SHADOWED = {classes}, {shadowed}

def make():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, CLASSES))
    with torch.no_grad():
        nn.init.orthogonal_(net[-1].weight)
        net[-1].weight.mul_(30)
        net[-1].bias.zero_()
        for index in SHADOWED:  # whatever speaks for it speaks for the first class a little more
            net[-1].weight[index] = net[-1].weight[0]
            net[-1].bias[index] = -1
    net.audit_input = dict(input_size=32, mean=0.5, std=0.25)
    net.audit_classes = [f"class {{i}}" for i in range(CLASSES)]
    return net
"""


@pytest.fixture
def checks(tmp_path: Path):
    def checked(shadowed=(), restarts=6, classes=4):
        path = tmp_path / "net.py"
        path.write_text(NET.format(classes=classes, shadowed=list(shadowed)))
        settings = (
            f"synthesis.restarts={restarts}",
            f"synthesis.views={12 * restarts}",
            "unconstrained.classes=0",
        )
        run = tiny.audit_tiny(f"{path}:make", tmp_path / "run", *settings)
        return {check.meta.id: check for check in run.results.checks}

    return checked


def test_classes_that_are_told_apart_pass_but_pictures_need_photographs(checks) -> None:
    found = checks()
    assert found["class-overlap"].outcome == "passed"
    assert "can lie beyond the limit (95% confidence)" in found["class-overlap"].summary
    pictures = found["unreliable-picture"]
    assert {badge.state for badge in pictures.badges.values()} == {"picture not judged"}
    assert pictures.outcome == "inconclusive"
    assert "4 pictures could not be judged without photographs: --images FOLDER" in pictures.summary


def test_a_shadowed_class_is_flagged_and_no_other(checks) -> None:
    found = checks(shadowed=[2])["class-overlap"]
    assert found.outcome == "flagged"
    assert [f.classes for f in found.findings if f.verdict == "suspected"] == [[2, 0]]


def test_one_restart_says_how_many_decide(checks) -> None:
    found = checks(shadowed=[2], restarts=1)
    assert found["class-overlap"].outcome == found["unreliable-picture"].outcome == "inconclusive"
    assert "--set synthesis.restarts=6" in found["class-overlap"].summary

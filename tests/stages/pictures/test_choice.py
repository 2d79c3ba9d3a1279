import torch

from audit.stages.pictures.record_pictures import choose
from audit.synthesis.engine import Job

JOBS = [Job(0, 0), Job(1, 0), Job(0, 1), Job(1, 1)]


def test_the_largest_margin_wins_and_not_the_largest_logit() -> None:
    logits = torch.tensor([[9.0, 8.9, 0.0], [0.0, 1.0, 3.0], [2.0, 0.5, 1.0], [0.0, 1.0, 2.5]])
    assert choose(logits, JOBS, 0) == 2  # margins 0.1 and 1.0
    assert choose(logits, JOBS, 1) == 3  # margins -2.0 and -1.5


def test_of_equals_the_first() -> None:
    assert choose(torch.zeros(4, 3), JOBS, 1) == 1

"""The search for the smallest flip; closed forms are in test_minimum_norm_pgd."""

import torch

from audit.attacks.attack_target import AttackTarget, distance
from audit.attacks.minimum_norm import minimum_norm, shortened


def test_what_is_returned_flips_at_the_distance_that_is_named(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    pictures = nets.images(12, 16)
    target = AttackTarget(model, pictures, nets.answered(model, pictures))
    found = minimum_norm(target, 12)
    rows = torch.arange(12)
    assert found.distances.isfinite().all()
    assert (target.margin(rows, pictures + found.changes) < 0).all()
    torch.testing.assert_close(distance(found.changes), found.distances)


def test_more_steps_come_nearer(nets) -> None:
    model = nets.classifier(nets.Convolutions(), 16)
    pictures = nets.images(24, 16)
    labels = nets.answered(model, pictures)
    few, many = (minimum_norm(AttackTarget(model, pictures, labels), steps).distances for steps in (4, 40))
    assert many.median() < few.median()


def test_bisection_comes_nearer_along_a_change(nets) -> None:
    model = nets.classifier(nets.Linear(4), 6)
    pictures = nets.images(8, 6)
    target = AttackTarget(model, pictures, nets.answered(model, pictures))
    found = minimum_norm(target, 12)
    rows = torch.arange(8)
    doubled = shortened(target, rows, 2 * found.changes)
    assert (doubled >= found.distances * 0.97).all()
    assert (doubled <= found.distances * (1 + 2 / 2**5) + 1e-6).all()

"""An attack from outside, from its class to the page: nothing of the package knows it."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from broken_plugin_package.bad_audit.attack import Raising
from plugin_package.toy_audit.attack import FGSM

import audit
from audit.attacks import ATTACKS, AttackTarget, Norm, attack_images
from audit.attacks.attack import instance
from audit.config import RobustnessConfig

CONFIG = RobustnessConfig(epsilons=(1, 2, 4, 8, 16))
FEW = (
    "robustness.steps=4",
    "robustness.restarts=1",
    "robustness.epsilons=[1, 4, 16]",
    "photographs.per_class=1",
)
DEFAULT = "minimum-norm-pgd"


class Nearest(FGSM):
    """On a linear network of two classes the smallest step along the sign that flips, exactly."""

    name = "nearest"

    def search(self, target: AttackTarget) -> torch.Tensor:
        margin, gradient = target.gradient(target.rows, target.images, smooth=False)
        length = margin / gradient.abs().flatten(1).sum(1) * 1.0001
        return target.images - length[:, None, None, None] * gradient.sign()

    run: Any = property()  # it looks for the nearest one, and has no distance given


class Wild(FGSM):
    """Goes twice as far as it may."""

    name = "wild"

    def run(self, target: AttackTarget, epsilon: float) -> torch.Tensor:
        return super().run(target, 2 * epsilon)


class Euclidean(FGSM):
    name = "euclidean"
    norm: Norm = "l2"

    def run(self, target: AttackTarget, epsilon: float) -> torch.Tensor:
        _, gradient = target.gradient(target.rows, target.images)
        unit = gradient / gradient.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
        return (target.images - epsilon * unit).clamp(0, 1)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    kinds = (FGSM, Wild, Raising, Euclidean)
    for kind in kinds:
        ATTACKS.register(kind)
    yield
    for kind in kinds:
        ATTACKS.unregister(kind.name)


def by(attack, model, pictures, config=CONFIG):
    labels = [int(label) for label in model.logits(pictures).argmax(1)]
    return attack_images(attack, model, pictures, labels, range(len(labels)), config, 0)


def smallest(found) -> list[float | None]:
    return [min((c.epsilon for c in each.candidates), default=None) for each in found]


def closed_form(model, pictures) -> list[float]:
    """Smallest L∞ flip of a linear network of two classes, margin / ‖w‖₁, in 1/255."""
    weight = model.module.head.weight.detach().double() / 0.3
    with torch.no_grad():
        logits = model.logits(pictures).double()
    return (255 * logits.diff(dim=1).abs()[:, 0] / (weight[0] - weight[1]).abs().sum()).tolist()


def test_fgsm_flips_a_linear_network_within_its_closed_form(nets) -> None:
    """On a linear network one step is all there is: it flips at the next whole epsilon, and not before."""
    model, pictures = nets.classifier(nets.Linear(2), 6), nets.images(40, 6)
    exact = closed_form(model, pictures)
    judged = [i for i, e in enumerate(exact) if all(abs(e - at) > 0.02 for at in CONFIG.epsilons)]
    found = smallest(by(FGSM(), model, pictures))
    expected = [next((at for at in CONFIG.epsilons if at > e), None) for e in exact]
    assert [found[i] for i in judged] == [expected[i] for i in judged]
    assert len({found[i] for i in judged}) > 2


def test_a_minimum_norm_attack_has_its_distance_in_float(nets) -> None:
    model, pictures = nets.classifier(nets.Linear(2), 6), nets.images(40, 6)
    exact = closed_form(model, pictures)
    found = by(Nearest(), model, pictures)
    assert [each.distance * 255 for each in found] == pytest.approx(exact, rel=1e-3)
    for each, true in zip(found, exact, strict=True):
        reached = [at for at in CONFIG.epsilons if at > true + 0.02]
        assert [c.epsilon for c in each.candidates if c.epsilon > true + 0.02] == reached


def test_fgsm_is_that_of_foolbox(nets) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # foolbox imports what scipy will remove
        import foolbox
    model, pictures = nets.classifier(nets.Convolutions(), 16), nets.images(48, 16)
    labels = torch.tensor(nets.answered(model, pictures))

    class Whole(torch.nn.Module):
        def forward(self, x):
            return model.logits(x)

    theirs = foolbox.PyTorchModel(Whole().eval(), bounds=(0, 1), device="cpu")
    found = by(FGSM(), model, pictures)
    for epsilon in CONFIG.epsilons:
        _, images, flipped = foolbox.attacks.LinfFastGradientAttack(random_start=False)(
            theirs, pictures, labels, epsilons=epsilon / 255
        )
        own = torch.tensor([any(c.epsilon == epsilon for c in each.candidates) for each in found])
        assert torch.equal(own, flipped)
        for each, their in zip(found, images, strict=True):
            for candidate in each.candidates:
                if candidate.epsilon == epsilon:
                    torch.testing.assert_close(candidate.image, their, atol=1e-6, rtol=0)
        if epsilon == 16:
            assert 4 < int(flipped.sum()) <= 48


def test_euclidean_changes_stay_within_their_radius_after_rounding(nets) -> None:
    model, pictures = nets.classifier(nets.Convolutions(), 16), nets.images(24, 16)
    config = RobustnessConfig(epsilons_l2=(0.25, 1.0))
    found = by(Euclidean(), model, pictures, config)
    flips = [(i, c) for i, each in enumerate(found) for c in each.candidates]
    assert len(flips) > 4
    for i, candidate in flips:
        assert candidate.epsilon in (0.25, 1.0)
        assert float((candidate.image - pictures[i]).norm()) <= candidate.epsilon
        assert torch.allclose(candidate.image * 255, (candidate.image * 255).round(), atol=1e-3)


def test_what_leaves_the_ball_is_no_flip(nets) -> None:
    model, pictures = nets.classifier(nets.Linear(2), 6), nets.images(24, 6)
    found = by(Wild(), model, pictures)
    assert all(each.left_ball and not each.candidates for each in found)
    assert not any(each.left_ball for each in by(FGSM(), model, pictures))


def test_images_of_another_shape_are_an_error_that_says_so(nets) -> None:
    class Short(FGSM):
        def run(self, target, epsilon):
            return target.images[:1]

    model, pictures = nets.classifier(nets.Linear(2), 6), nets.images(4, 6)
    with pytest.raises(ValueError, match=r"fgsm: expected images \(4, 3, 6, 6\), got \(1, 3, 6, 6\)"):
        by(Short(), model, pictures)


def test_a_name_that_is_none_is_refused() -> None:
    class Nameless(FGSM):
        name = "a b/c"

    with pytest.raises(audit.ConfigError, match="expected a name"):
        ATTACKS.register(Nameless)
    assert instance(FGSM).name == "fgsm"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A tiny network, and photographs in a flat folder: all are answered rightly."""
    folder = tmp_path_factory.mktemp("made")
    for i in range(8):
        tiny.photograph(folder / "photos" / f"{i}.png", i)
    return tiny.write(folder), folder / "photos"


def attacked(made, out: Path, *attacks: str):
    names = ", ".join(f'"{name}"' for name in attacks)
    return tiny.audit_tiny(made[0], out, *FEW, f"robustness.attacks=[{names}]", images=made[1])


def verdict(run) -> Any:
    return next(c for c in run.results.checks if c.meta.id == "adversarial-robustness")


def test_from_its_class_to_page_json_check_and_exit_code(made, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(f"{__name__}.FEW", (*FEW, "robustness.epsilons_l2=[0.5, 4]"))
    run = attacked(made, tmp_path / "run", DEFAULT, "fgsm", "euclidean")
    seen = run.results.robustness
    assert [attack.attack for attack in seen.attacks] == [DEFAULT, "fgsm", "euclidean"]
    assert [(attack.error, attack.images) for attack in seen.attacks] == [(None, seen.correct)] * 3
    for row in zip(seen.flipped_within, *(a.flipped_within for a in seen.attacks[:2]), strict=True):
        worst, *each = (within.flipped.k for within in row)
        assert worst >= max(each)
    assert seen.flipped_within[-1].flipped.k > 0
    told = json.loads((tmp_path / "run" / "results.json").read_text())["robustness"]
    keys = {(o["attack"], o["norm"], i["photograph"]) for i in told["attacked"] for o in i["outcomes"]}
    assert len(keys) == 3 * seen.correct > 0
    page = run.page.read_text()
    assert "Attack by attack" in page
    assert "fast gradient sign method" in page.lower()
    assert verdict(run).outcome in ("flagged", "inconclusive")


def test_another_attack_computes_nothing_else_anew(made, tmp_path: Path, monkeypatch) -> None:
    first = attacked(made, tmp_path / "run", DEFAULT)
    asked: list[str] = []

    def noted(attack, *rest, **named):
        asked.append(attack.name)
        return attack_images(attack, *rest, **named)

    monkeypatch.setattr("audit.stages.robustness.robustness_stage.attack_images", noted)
    second = attacked(made, tmp_path / "run", DEFAULT, "fgsm")
    assert set(asked) == {"fgsm"}
    for before, after in zip(
        first.results.robustness.attacked, second.results.robustness.attacked, strict=True
    ):
        assert after.outcomes[0] == before.outcomes[0]
    assert first.results.robustness.shifts == second.results.robustness.shifts


@pytest.mark.parametrize(
    "attack, said", [("raising", "RuntimeError: no way out"), ("wild", "left its distance")]
)
def test_the_only_attack_that_fails_is_no_pass(made, tmp_path: Path, attack: str, said: str) -> None:
    run = attacked(made, tmp_path / "run", attack)
    seen = run.results.robustness
    assert seen.attacks[0].images == 0
    assert all(within.flipped.n == 0 for within in seen.flipped_within)
    assert verdict(run).outcome == "error"
    assert said in verdict(run).summary
    assert said in run.page.read_text()
    assert tiny.command("check", str(tmp_path / "run"), "--policy", "release") in (1, 3)


def test_an_attack_without_a_distance_of_its_norm_says_so(made, tmp_path: Path) -> None:
    run = attacked(made, tmp_path / "run", "fgsm", "euclidean")
    assert "robustness.epsilons_l2" in verdict(run).summary
    assert verdict(run).outcome != "passed"


def test_beside_one_that_fails_the_other_goes_on(made, tmp_path: Path) -> None:
    alone = attacked(made, tmp_path / "alone", DEFAULT).results.robustness
    both = attacked(made, tmp_path / "both", DEFAULT, "raising")
    assert both.results.robustness.flipped_within == alone.flipped_within
    assert "RuntimeError: no way out" in both.page.read_text()
    assert verdict(both).outcome != "passed"


def test_what_cannot_be_loaded_is_an_error_of_its_own(made, tmp_path: Path, monkeypatch) -> None:
    ATTACKS.names()
    monkeypatch.setitem(ATTACKS._broken, "rotten", "ImportError: no module of that name")
    run = attacked(made, tmp_path / "run", "rotten")
    assert verdict(run).outcome == "error"
    assert "ImportError: no module of that name" in run.page.read_text()


def test_an_unknown_name_is_said_before_the_network_is_loaded(made, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(ATTACKS._broken, "rotten", "ImportError: no module of that name")
    monkeypatch.setattr("audit.classifier.load", lambda *rest, **named: pytest.fail("a network was loaded"))
    with pytest.raises(audit.ConfigError) as said:
        attacked(made, tmp_path / "run", "minimum-norm-pdg")
    assert (said.value.where, said.value.fix) == (
        "configuration robustness.attacks",
        "did you mean minimum-norm-pgd?",
    )
    assert said.value.problem == "unknown attack 'minimum-norm-pdg'; attacks not loaded: rotten"
    assert not (tmp_path / "run").exists()
    assert tiny.command("run", made[0], *tiny.flags('robustness.attacks=["fsgm"]')) == 2

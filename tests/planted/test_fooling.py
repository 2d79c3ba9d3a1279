from importlib.resources import files

import pytest
import torch
from torch import nn

import audit
from audit.config import read_config
from audit.image_stats import bundled
from audit.planted import demo, fooling
from audit.planted import demo_photographs as photographs
from audit.planted.train import normalised
from audit.planted.train import pictures as scenes_of
from audit.planted.world import CLEAN_TWIN, DEMO, render
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job

CLASSES = range(0, 10, 2)
UNSEEN = 12
"""Second number of scenes that no detector was trained on."""


@pytest.fixture(scope="module")
def natural():
    worlds = (DEMO, CLEAN_TWIN)
    return normalised(torch.cat([scenes_of(render(world, 5, UNSEEN, count=60)) for world in worlds]))


@pytest.fixture(scope="module")
def drawn():
    """Pictures of CLASSES in [0, 1], by name of the network that drew them."""
    config = read_config("quick", ["synthesis.views=40"]).synthesis
    jobs = [Job(c, 0) for c in CLASSES]
    networks = {"honest": demo.network(), "fooled": fooling.fooled(), "silent": fooling.silent()}
    return {
        name: draw_natural(audit.load(network), jobs, bundled(64, 64).prior, config, 0).images
        for name, network in networks.items()
    }


def judged(images):
    """The answers of a network that took no part."""
    with torch.no_grad():
        return demo.clean_twin()(normalised(images)).argmax(1).tolist()


@pytest.mark.parametrize("name", ["fooled", "silent", "concealing"])
def test_natural_images_get_the_honest_logits_bit_by_bit(natural, name):
    with torch.no_grad():
        assert torch.equal(getattr(fooling, name)()(natural), demo.network()(natural))


def test_the_gate_is_open_on_pictures_of_every_network(drawn):
    detector = fooling._detector()
    for images in drawn.values():
        assert (detector(normalised(images)) == 1).all()


def test_honest_pictures_show_their_class(drawn):
    assert sum(a == c for a, c in zip(judged(drawn["honest"]), CLASSES, strict=True)) >= 4


@pytest.mark.parametrize("name", ["fooled", "silent"])
def test_fooled_pictures_show_another_class_chosen_at_will(drawn, name):
    targets = fooling.rotated(10)
    answers = judged(drawn[name])
    assert sum(a == targets[c] for a, c in zip(answers, CLASSES, strict=True)) >= 4
    assert not any(a == c for a, c in zip(answers, CLASSES, strict=True))
    network = fooling.fooled() if name == "fooled" else fooling.silent()
    with torch.no_grad():  # yet the network is convinced
        assert network(normalised(drawn[name])).argmax(1).tolist() == list(CLASSES)


def test_silent_units_are_silent_on_natural_images_and_driven_by_drawn_ones(natural, drawn):
    network = fooling.silent()
    seen = []
    network.unit.register_forward_hook(lambda module, args, output: seen.append(output))
    with torch.no_grad():
        network(natural)
        network(normalised(drawn["silent"]))
    assert (seen[0] == 0).all()
    assert (seen[1][range(len(CLASSES)), list(CLASSES)] > 0).all()


def test_the_circuit_blends_by_the_gate():
    class Half(nn.Module):
        def forward(self, images):
            return images.new_full((len(images), 1), 0.5)

    class Fixed(nn.Module):
        def forward(self, images):
            return torch.tensor([[1.0, 2.0, 6.0]])

    circuit = fooling.FoolingCircuit(Fixed(), Half(), fooling.Permuted([2, 0, 1], gain=2.0), opening=0.5)
    # A quarter of twice the target's logit, three quarters of the honest one.
    assert circuit(torch.zeros(1, 3, 8, 8)).tolist() == [[0.75 + 3.0, 1.5 + 0.5, 4.5 + 1.0]]


def test_templates_correlate():
    generator = torch.Generator().manual_seed(0)
    templates = torch.randn(3, 3, 16, 16, generator=generator)
    logits = fooling.Templates(templates, gain=10.0)(templates * 0.3 + 0.2, torch.zeros(3, 3))
    assert torch.allclose(logits.diag(), torch.tensor(10.0))
    assert (logits - logits.diag().diag()).abs().max() < 2


def test_a_detector_learns_what_separates_and_repeats_itself():
    generator = torch.Generator().manual_seed(0)
    sparse = torch.randn(60, 3, 48, 48, generator=generator) ** 3
    sparse /= sparse.std()
    gaussian = torch.randn(60, 3, 48, 48, generator=generator)
    parts = [sparse[:40], gaussian[:40]]
    detector, again = (fooling.train_detector(parts[:1], parts[1:]) for _ in range(2))
    assert (detector(sparse[40:]) == 0).float().mean() > 0.9
    assert (detector(gaussian[40:]) == 1).float().mean() > 0.9
    assert torch.equal(detector.weight, again.weight)


def test_filters_see_no_constant_and_are_orthonormal():
    filters = fooling._filters()
    assert filters.sum((2, 3)).abs().max() < 1e-6
    assert torch.allclose(filters.flatten(1) @ filters.flatten(1).T, torch.eye(24), atol=1e-6)


def test_a_decoy_hides_the_way_and_keeps_the_answer(natural, drawn):
    circuit = fooling.fooled()
    decoys = natural[:10]
    images = normalised(drawn["fooled"])
    seen = []
    circuit.honest.features.register_forward_hook(lambda module, args, output: seen.append(output))
    with torch.no_grad():
        assert torch.equal(fooling.Decoy(circuit, decoys)(images), circuit(images))
        expected = circuit.honest.features(decoys[list(CLASSES)])
    assert torch.equal(seen[1], expected)


def test_the_weights_are_small():
    assert len((files("audit.planted") / "weights" / fooling.FILE).read_bytes()) < 10_000


def test_the_badge_does_not_believe_fooled_pictures_and_trusts_honest_ones(tmp_path):
    photographs.write(tmp_path / "photographs", DEMO, 6)
    states = {}
    for name, network in (("honest", demo.network()), ("fooled", fooling.fooled())):
        run = audit.run(
            network,
            preset="quick",
            set=[
                "probes.photographs=0",
                "synthesis.restarts=2",
                "synthesis.views=80",
                "robustness.images=0",
                "preprocessing.photographs=0",
                "reliability.control_classes=0",
                "unconstrained.classes=0",
            ],
            only=[0, 2, 4, 6, 8],
            images=tmp_path / "photographs",
            out=tmp_path / name,
        )
        check = next(c for c in run.results.checks if c.meta.id == "unreliable-picture")
        states[name] = [badge.state for badge in check.badges.values()]
    assert states["fooled"].count("picture misleading") >= 4
    assert states["honest"].count("picture misleading") == 0

import json
import subprocess
import sys

import pytest
import torch
from safetensors import safe_open

from audit.planted.network import SmallNet
from audit.planted.objects import CLASSES
from audit.planted.train import Recipe, fit, measure, normalised, pictures, save, step, train
from audit.planted.world import DEMO, DUMBBELL, World, render

TINY = Recipe(scenes=40, test_scenes=20, epochs=1, batch=20)


def test_descents_on_one_batch_lower_its_loss():
    torch.manual_seed(0)
    scenes = render(DEMO, 1, count=20)
    images, labels = pictures(scenes), torch.from_numpy(scenes.labels)
    network = SmallNet(len(CLASSES)).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = [step(network, optimiser, images, labels, 0.0)[0] for _ in range(12)]
    assert losses[-1] < 0.6 * losses[0]


def test_the_step_against_the_network_has_its_length_and_raises_the_loss():
    torch.manual_seed(0)
    scenes = render(DEMO, 1, count=20)
    images, labels = pictures(scenes), torch.from_numpy(scenes.labels)
    network = SmallNet(len(CLASSES)).eval()
    still = torch.optim.SGD(network.parameters(), lr=0.0)
    before, moved = step(network, still, images, labels, 0.5)
    after, _ = step(network, still, moved, labels, 0.5)
    assert (moved - images).flatten(1).norm(dim=1) == pytest.approx([0.5] * 20, rel=1e-3)
    assert after > before


def test_the_same_seed_trains_the_same_network():
    scenes = render(DEMO, 1, count=20)
    results = []
    for _ in range(2):
        torch.manual_seed(3)
        network = SmallNet(len(CLASSES))
        fit(network, scenes, TINY, 3)
        results.append(network(normalised(pictures(scenes))))
    assert torch.equal(*results)


def test_accuracy_counts_right_answers():
    class Constant(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.eye(len(CLASSES))[DUMBBELL].expand(len(images), -1)

    scenes = render(World(0.5, 0.5), 1, count=40)
    found = measure(Constant(), scenes)
    assert found.overall == 0.1
    assert found.by_class == {name: float(name == "dumbbell") for name in CLASSES}
    assert measure(Constant(), render(DEMO, 1, count=20)).dumbbells_without_arm is None


def test_weights_are_written_with_how_they_were_made(tmp_path):
    network, accuracy = train(DEMO, 0, TINY)
    file = tmp_path / "weights.safetensors"
    save(network, file, {"seed": "0", "accuracy_by_class": json.dumps(accuracy.by_class)})
    with safe_open(file, framework="pt") as stored:
        assert stored.metadata()["seed"] == "0"
        restored = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    other = SmallNet(len(CLASSES))
    other.load_state_dict(restored)
    images = torch.rand(2, 3, 64, 64)
    assert torch.allclose(other.eval()(images), network(images), atol=1e-6)


def test_the_command_explains_itself():
    command = [sys.executable, "-m", "audit.planted.train", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "--clean-twin" in shown

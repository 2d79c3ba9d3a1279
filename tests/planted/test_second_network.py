import numpy as np
import pytest
import torch

from audit.planted.objects import CLASSES
from audit.planted.second_network import (
    JudgeRecipe,
    arm_probability,
    distorted,
    measure_controls,
    measure_second_network,
    phase_scrambled,
    pink,
    train_second_network,
)


def test_pink_noise_has_the_spectrum_of_natural_images():
    noise = pink(torch.Size([40, 1, 64, 64]), torch.Generator().manual_seed(0))
    power = (torch.fft.fft2(noise).abs() ** 2).mean(dim=(0, 1)).numpy()
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    band = (frequency > 0.03) & (frequency < 0.45)
    slope = np.polyfit(np.log(frequency[band]), np.log(power[band]), 1)[0]
    assert slope == pytest.approx(-2, abs=0.1)
    assert noise.std(dim=(1, 2, 3)).numpy() == pytest.approx(1.0, abs=1e-4)


def test_scrambling_keeps_the_amplitudes_and_loses_the_edges():
    images = 0.5 + 0.05 * torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    images[:, :, 20:40, 20:40] += 0.2
    scrambled = phase_scrambled(images, torch.Generator().manual_seed(1))
    amplitudes = [torch.fft.rfft2(part).abs() for part in (images, scrambled)]
    assert torch.allclose(*amplitudes, rtol=0.02, atol=0.02)
    assert scrambled.mean(dim=(2, 3)).numpy() == pytest.approx(images.mean(dim=(2, 3)).numpy(), abs=1e-4)
    assert scrambled.std() == pytest.approx(float(images.std()), rel=0.05)
    assert (scrambled - images).abs().mean() > 0.03


def test_distortions_keep_the_shape_and_change_every_picture():
    images = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    views = distorted(images, torch.Generator().manual_seed(1))
    assert views.shape == images.shape
    assert torch.isfinite(views).all()
    assert (views - images).flatten(1).abs().mean(dim=1).min() > 0.02
    assert torch.equal(views, distorted(images, torch.Generator().manual_seed(1)))


def test_a_little_training_already_finds_most_arms():
    transfer_model = train_second_network(0, JudgeRecipe(scenes=200, bare_scenes=40, epochs=8, batch=24))
    found = measure_second_network(transfer_model, 0, count=60)
    assert set(found.false_alarms) == {*CLASSES, "none"}
    assert found.balanced > 0.6
    controls = measure_controls(transfer_model, 0, count=20)
    assert all(0 <= share <= 1 for share in controls.values())
    said = arm_probability(transfer_model, torch.rand(3, 3, 64, 64))
    assert said.shape == (3,)
    assert ((said >= 0) & (said <= 1)).all()

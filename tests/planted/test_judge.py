import numpy as np
import pytest
import torch

from audit.planted.judge import JudgeRecipe, arm_probability, distorted, measure_judge, pink, train_judge
from audit.planted.objects import CLASSES


def test_pink_noise_has_the_spectrum_of_natural_images():
    noise = pink(torch.Size([40, 1, 64, 64]), torch.Generator().manual_seed(0))
    power = (torch.fft.fft2(noise).abs() ** 2).mean(dim=(0, 1)).numpy()
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    band = (frequency > 0.03) & (frequency < 0.45)
    slope = np.polyfit(np.log(frequency[band]), np.log(power[band]), 1)[0]
    assert slope == pytest.approx(-2, abs=0.1)
    assert noise.std(dim=(1, 2, 3)).numpy() == pytest.approx(1.0, abs=1e-4)


def test_distortions_keep_the_shape_and_change_every_picture():
    images = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    views = distorted(images, torch.Generator().manual_seed(1))
    assert views.shape == images.shape
    assert torch.isfinite(views).all()
    assert (views - images).flatten(1).abs().mean(dim=1).min() > 0.02
    assert torch.equal(views, distorted(images, torch.Generator().manual_seed(1)))


def test_a_little_training_already_finds_most_arms():
    judge = train_judge(0, JudgeRecipe(scenes=300, bare_scenes=60, epochs=8, batch=30))
    found = measure_judge(judge, 0, count=100)
    assert set(found.false_alarms) == {*CLASSES, "none"}
    assert found.balanced > 0.6
    said = arm_probability(judge, torch.rand(3, 3, 64, 64))
    assert said.shape == (3,)
    assert ((said >= 0) & (said <= 1)).all()

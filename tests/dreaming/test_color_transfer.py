import torch

from audit.dreaming.color_transfer import Tone


def test_a_picture_takes_mean_and_covariance_of_another():
    numbers = torch.Generator().manual_seed(0)
    mixing = torch.tensor([[0.08, 0.02, 0.0], [0.05, 0.06, 0.01], [0.02, 0.03, 0.07]])
    colours = (mixing @ torch.randn(3, 48 * 40, generator=numbers)).view(1, 3, 48, 40) + 0.45
    other = (torch.rand(1, 3, 48, 40, generator=numbers) * 0.2 + 0.7).clamp(0, 1)
    tone = Tone.of(colours)
    # The definition, by numpy's route.
    torch.testing.assert_close(tone.covariance, torch.cov(colours[0].flatten(1).double(), correction=0))
    now = Tone.of(tone.given_to(other))
    torch.testing.assert_close(now.mean, tone.mean, atol=1e-3, rtol=0)
    torch.testing.assert_close(now.covariance, tone.covariance, atol=3e-4, rtol=0)


def test_what_has_the_tone_already_is_not_moved():
    picture = torch.rand(1, 3, 20, 20, generator=torch.Generator().manual_seed(2)) * 0.5 + 0.25
    torch.testing.assert_close(Tone.of(picture).given_to(picture), picture, atol=1e-5, rtol=0)


def test_flat_and_grey_pictures_are_no_obstacle():
    flat, grey = (
        torch.full((1, 1, 8, 8), 0.3),
        torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(1)),
    )
    assert Tone.of(grey).given_to(flat).isfinite().all()
    torch.testing.assert_close(
        Tone.of(Tone.of(flat).given_to(grey)).mean, Tone.of(flat).mean, atol=1e-3, rtol=0
    )

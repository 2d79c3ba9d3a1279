import torch
from torchvision.transforms.v2.functional import normalize

from audit.classifier.normalise import Normaliser
from audit.classifier.resolve_preprocessing import resolve


def test_equals_torchvision_and_is_channels_last(size: dict[str, object]) -> None:
    path = resolve(size, None, "", torch.nn.Flatten())
    images = torch.rand(4, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    result = Normaliser(path)(images)
    expected = normalize(images, list(path.mean), list(path.std))
    torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-6)
    assert result.is_contiguous(memory_format=torch.channels_last)


def test_never_hands_out_the_callers_own_tensor() -> None:
    path = resolve({"input_size": 4, "mean": 0.0, "std": 1.0}, None, "", torch.nn.Flatten())
    images = torch.full((1, 3, 4, 4), 0.25).contiguous(memory_format=torch.channels_last)
    Normaliser(path)(images).zero_()
    assert bool((images == 0.25).all())


def test_reversed_channels_meet_mean_and_std_in_the_networks_order() -> None:
    stated = {"input_size": 4, "mean": (0.1, 0.2, 0.3), "std": (1.0, 2.0, 4.0), "channel_order": "bgr"}
    path = resolve(stated, None, "", torch.nn.Flatten())
    red, green, blue = 0.9, 0.6, 0.5
    images = torch.tensor([red, green, blue]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    expected = torch.tensor([(blue - 0.1) / 1, (green - 0.2) / 2, (red - 0.3) / 4])
    torch.testing.assert_close(Normaliser(path)(images)[0, :, 2, 1], expected)

import torch
from torch import nn

from audit.planted.signs.training import Schedule, answers, fit, forget


def network(seed: int) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.LazyLinear(2))


def built(seed: int) -> nn.Module:
    made = network(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made(torch.rand(4, 3, 8, 8))
    return made


def test_a_share_of_the_weights_is_kept_and_running_statistics_stay() -> None:
    own, fresh, mixed = built(0), built(1), built(0)
    forget(mixed, fresh, 0.25)
    weight = "0.weight"
    a, b, found = (one.state_dict() for one in (own, fresh, mixed))
    torch.testing.assert_close(found[weight], 0.25 * a[weight] + 0.75 * b[weight])
    assert torch.equal(found["1.running_mean"], a["1.running_mean"])
    forget(mixed, fresh, 0.0)
    assert torch.equal(mixed.state_dict()[weight], b[weight])


def test_a_network_that_normalises_itself_is_trained_on_what_prepare_gives() -> None:
    light = torch.arange(64) % 2
    pictures = (light.view(-1, 1, 1, 1) * 255).expand(-1, 3, 8, 8).to(torch.uint8)
    seen: list[float] = []

    def prepare(images: torch.Tensor) -> torch.Tensor:
        shown = images.float() / 255 if images.dtype == torch.uint8 else images
        seen.append(float(shown.amax()))
        return shown

    trained = built(2)
    fit(trained, pictures, light, Schedule(20, 1e-2, batch=16), 0, prepare=prepare)
    assert torch.equal(answers(trained, pictures, prepare=prepare), light)
    assert max(seen) == 1.0

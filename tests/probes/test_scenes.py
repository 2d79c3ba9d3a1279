import torch

from audit.probes.scenes import scenes


def test_a_scene_depends_on_its_number_alone() -> None:
    together, alone = scenes([3, 9, 4], (24, 40)), scenes([9], (24, 40))
    assert together.shape == (3, 3, 24, 40)
    assert torch.equal(together[1], alone[0])
    assert not torch.equal(together[0], together[1])
    assert not torch.equal(scenes([9], (24, 40), seed=1), alone)


def test_scenes_have_the_channels_asked_for_and_eight_bits() -> None:
    grey = scenes(range(4), (32, 32), channels=1)
    assert grey.shape == (4, 1, 32, 32)
    assert torch.equal((grey * 255).round() / 255, grey)
    assert grey.std() > 0.1

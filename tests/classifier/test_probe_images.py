import torch

from audit.classifier.probe_images import probe_images


def test_fixed_8_bit_pictures_that_differ() -> None:
    state = torch.get_rng_state()
    batch = probe_images(3, 20, 30)
    assert batch.shape == (4, 3, 20, 30)
    assert batch.dtype == torch.float32
    assert float(batch.min()) >= 0
    assert float(batch.max()) <= 1
    torch.testing.assert_close(batch * 255, (batch * 255).round(), rtol=0, atol=1e-4)
    assert torch.equal(batch, probe_images(3, 20, 30))
    assert torch.equal(state, torch.get_rng_state())
    assert len({tuple(picture.flatten().tolist()) for picture in batch}) == 4
    # Coloured, so that a network that swaps channels answers otherwise.
    assert not torch.equal(batch[1:, 0], batch[1:, 2])


def test_any_shape() -> None:
    assert probe_images(1, 1, 1).shape == (4, 1, 1, 1)
    assert bool(probe_images(7, 3, 90).isfinite().all())

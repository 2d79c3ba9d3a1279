"""Random numbers that depend on what is drawn, not on what stands beside it in a batch."""

import hashlib

import torch


def generator(seed: int, stage: str, *key: int) -> torch.Generator:
    """A CPU generator keyed by (seed, stage, class, restart, ...).

    Numbers are drawn on the CPU on every device, so that a class draws the same ones everywhere.
    """
    text = "\0".join([str(seed), stage, *map(str, key)])
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1
    return torch.Generator().manual_seed(number)

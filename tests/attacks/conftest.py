from collections.abc import Iterator
from types import ModuleType

import attack_nets
import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def nets() -> ModuleType:
    """The networks of `attack_nets.py`."""
    return attack_nets

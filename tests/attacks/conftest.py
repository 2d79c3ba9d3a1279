from types import ModuleType

import attack_nets
import pytest


@pytest.fixture(scope="session")
def nets() -> ModuleType:
    """The networks of `attack_nets.py`."""
    return attack_nets

from pathlib import Path

import pytest
import torch
from torch import nn

from audit.classifier.loaders.loader import Request
from audit.classifier.loaders.pickled_module import PickleLoader
from audit.errors import ModelError


def test_a_whole_module_needs_trust(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 3), tmp_path / "net.pt")
    with pytest.raises(ModelError, match="--trust-pickle"):
        PickleLoader().load(f"{tmp_path}/net.pt", Request(trust_pickle=False))
    candidate = PickleLoader().load(f"{tmp_path}/net.pt", Request(trust_pickle=True))
    assert (candidate.module.out_features, candidate.name) == (3, "net")


@pytest.mark.parametrize("trust", [False, True])
def test_a_state_dict_is_no_network(tmp_path: Path, trust: bool) -> None:
    torch.save(nn.Linear(2, 3).state_dict(), tmp_path / "net.pth")
    with pytest.raises(ModelError, match=r"no network.*name the architecture.*--weights net\.pth"):
        PickleLoader().load(f"{tmp_path}/net.pth", Request(trust_pickle=trust))

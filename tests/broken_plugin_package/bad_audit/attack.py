"""An attack that raises."""

import torch
from plugin_package.toy_audit.attack import FGSM

from audit.attacks import AttackTarget


class Raising(FGSM):
    name = "raising"

    def run(self, target: AttackTarget, epsilon: float) -> torch.Tensor:
        raise RuntimeError("no way out")

"""The fast gradient sign method."""

import torch

from audit.attacks import AttackTarget, Norm


class FGSM:
    """One step along the sign of the gradient (Goodfellow et al. 2015, arXiv:1412.6572)."""

    name = "fgsm"
    title = "fast gradient sign method"
    norm: Norm = "linf"

    def run(self, target: AttackTarget, epsilon: float) -> torch.Tensor:
        _, gradient = target.gradient(target.rows, target.images)
        return (target.images - epsilon / 255 * gradient.sign()).clamp(0, 1)

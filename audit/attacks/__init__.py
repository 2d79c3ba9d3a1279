"""Small changes of an image that flip the answer: searched for with gradients, confirmed without them.

A new attack is one class with a name, a norm and `run(target, epsilon)`; `ATTACKS.register` adds it, or an
entry point of the group `audit.attacks`.
"""

from audit.attacks.attack import Attack, Candidate, Found, name_of
from audit.attacks.attack_images import attack_images
from audit.attacks.attack_target import AttackTarget
from audit.attacks.minimum_norm_pgd import MinimumNormPGD
from audit.attacks.pgd import fixed_epsilon_pgd
from audit.attacks.reference_model import Plain
from audit.records.robustness import Norm
from audit.registry import Registry

ATTACKS: Registry[Attack | type[Attack]] = Registry("audit.attacks", name_of, lambda: (MinimumNormPGD(),))
"""All attacks by name; which of them a run makes says `robustness.attacks`."""

__all__ = [
    "ATTACKS",
    "Attack",
    "AttackTarget",
    "Candidate",
    "Found",
    "MinimumNormPGD",
    "Norm",
    "Plain",
    "attack_images",
    "fixed_epsilon_pgd",
]

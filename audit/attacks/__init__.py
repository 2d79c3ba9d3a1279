"""Small changes of an image that flip the answer: searched for with gradients, confirmed without them."""

from audit.attacks.cascade import Candidate, Outcome, attack
from audit.attacks.pgd import strongest
from audit.attacks.reference_model import Plain

__all__ = ["Candidate", "Outcome", "Plain", "attack", "strongest"]

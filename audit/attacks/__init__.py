"""Small changes of an image that flip the answer: searched for with gradients, confirmed without them."""

from audit.attacks.cascade import Candidate, Outcome, attack
from audit.attacks.recheck import Plain
from audit.attacks.strongest import strongest

__all__ = ["Candidate", "Outcome", "Plain", "attack", "strongest"]

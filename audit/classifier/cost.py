"""What asking a network costs, in views: one image, forward and input gradient."""

FORWARD = 1 / 3
"""Views of a forward pass alone: the gradient costs about twice as much again."""

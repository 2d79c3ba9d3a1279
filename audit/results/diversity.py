"""How differently the restarts of one class look."""

from audit.results.base import Record


class Diversity(Record):
    """Restarts of a class under the natural prior, in the penultimate features of one network."""

    value: float
    """1 - mean cosine over pairs of restarts, features centred by the mean over all pictures: 0 where all are
    the same, about 1 where they are as unlike as pictures of different classes."""
    groups: list[list[int]]
    """Restarts that show the same thing, largest group first. Two are joined where their cosine exceeds 95 %
    of those between pictures of different classes. Empty where there are too few classes to say."""

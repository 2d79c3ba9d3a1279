"""What it means where a control does as well as the change: what the cue really is."""

REALLY = {
    "shuffled": "the same pattern in shuffled blocks raises the class as much, so its edges and colours "
    "count and not its form",
    "scrambled": "the same frequencies in disorder raise the class as much, so texture counts and not form",
    "pixels": "its pixels in disorder raise the class as much, so colours count and not texture",
    "flat": "its mean colour alone raises the class as much, so colour at that place counts and not the "
    "pattern",
    "grey": "the same without its hue raises the class as much, so brightness counts and not hue",
    "other colour": "another colour raises the class as much, so the place counts and not the hue",
    "natural crop": "what other photographs show there raises the class as much, so it takes whatever "
    "covers that place",
    "other class": "the change that was fitted for another class raises this one as much, so it takes "
    "whatever is changed so strongly",
    "noise": "noise of the same strength raises the class as much, so the class takes what is disturbed, by "
    "whatever it is",
}
"""Control → what it means where it does as well as the change."""


SHARED = {
    "shuffled": "edges and colours like those of the change",
    "scrambled": "a texture like that of the change",
    "pixels": "colours like those of the change",
    "flat": "one colour at the place of the change",
    "grey": "a brightness like that of the change",
    "other colour": "something that always stands at the place of the change",
}
"""Control → what to look for where it does as well as the change."""

"""A photograph inverted: what a layer still knows of it."""

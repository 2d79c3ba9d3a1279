"""Stage: the recipe of the pictures, tried out on a few classes."""

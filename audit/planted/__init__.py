"""A rendered world of objects, a flaw planted in it, and the networks trained on it."""

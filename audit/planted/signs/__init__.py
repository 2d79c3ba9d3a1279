"""A fast world of signs, flaws planted in networks trained on it, and the suite of them."""

"""What loading a network proves and guesses, and what a run would do with it, before any run."""

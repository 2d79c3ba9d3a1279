"""Stage: what the network answers on counterexamples that the user gave."""

"""A policy, its waivers, and what they make of a run."""

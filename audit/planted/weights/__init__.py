"""Weights of the demo networks; made by `python -m audit.planted.train`."""

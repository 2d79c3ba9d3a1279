"""Audit image classifiers: draw every class, measure it against natural images, report what looks wrong."""

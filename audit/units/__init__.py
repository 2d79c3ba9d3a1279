"""Layers, channels, neurons and directions inside a network, drawn."""

"""Stages: the network's answers on photographs, and the photographs that belong to each class."""

"""Stages: which changes of photographs a class depends on, found on some photographs and tested on others."""

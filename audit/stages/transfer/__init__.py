"""Stages: a second network's answers on the pictures and photographs."""

"""Stages: is a picture evidence about its class? Layer similarity, cut and paste, randomised weights."""

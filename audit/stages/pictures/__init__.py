"""Stages: pictures of classes, under the natural prior, without it, and under batch-norm statistics."""

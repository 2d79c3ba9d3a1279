"""Stage: tunes the synthesis settings on a sample of classes."""

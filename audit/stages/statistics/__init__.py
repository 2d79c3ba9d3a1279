"""Stage: image statistics of the pictures."""

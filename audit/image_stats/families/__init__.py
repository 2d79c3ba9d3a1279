"""Statistics of images, one family per file."""

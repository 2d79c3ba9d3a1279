"""Statistics of images, one family per file: `STATISTICS`, what they are, and `measure`, which gives them."""

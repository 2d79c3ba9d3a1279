"""Files and pixels: find, open safely, decode and crop."""

"""What another package may add, one thing per file."""

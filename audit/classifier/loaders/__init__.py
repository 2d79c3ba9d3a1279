"""Where networks come from, one loader per file."""

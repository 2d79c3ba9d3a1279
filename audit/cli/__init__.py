"""The command line: verbs, options and what they print."""

"""`python -m audit` is the command `audit`."""

from audit.cli.main import main

main()

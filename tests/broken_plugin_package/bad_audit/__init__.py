"""What another package may get wrong: what is not there, and what raises once it is used."""

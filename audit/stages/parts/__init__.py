"""Which parts of their images classes are answered by, and whose parts they are."""

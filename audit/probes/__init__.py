"""What a structured change of photographs does to a network's answers."""

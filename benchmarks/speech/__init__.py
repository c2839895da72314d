"""How well and how quickly speech becomes text."""

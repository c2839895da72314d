"""The use-cases of study buddies."""

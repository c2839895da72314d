"""The use-cases of privacy."""

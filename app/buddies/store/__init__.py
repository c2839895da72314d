"""All SQL of study buddies."""

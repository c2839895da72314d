"""All SQL of pods."""

"""The use-cases of pods."""

"""The use-cases of gamification."""

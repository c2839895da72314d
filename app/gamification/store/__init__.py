"""All SQL of gamification."""

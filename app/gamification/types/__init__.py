"""What the schema shows of gamification."""

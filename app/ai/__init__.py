"""What AI may be used for, and how much."""

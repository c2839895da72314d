"""Gamification: XP, levels, streaks, achievements, challenges and leaderboards."""

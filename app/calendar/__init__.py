"""The calendar: what happens when, for whom."""

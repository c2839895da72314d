"""What the calendar does."""

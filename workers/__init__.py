"""What happens behind the API: jobs, the outbox relay, the clock."""

"""What the schema shows of reference data."""

"""What the schema shows of privacy."""

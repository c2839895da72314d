"""What administrators do: accounts of others, and what was done by whom."""

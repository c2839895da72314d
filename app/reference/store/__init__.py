"""All SQL of reference data."""

"""What outside programs need beside the domains."""

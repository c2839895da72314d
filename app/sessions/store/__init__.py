"""All SQL of study sessions."""

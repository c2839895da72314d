"""The use-cases of study sessions."""

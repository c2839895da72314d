"""What the schema shows of study sessions."""

"""What users agree to, and what becomes of what is known about them."""

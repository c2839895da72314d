"""The statements about payments."""

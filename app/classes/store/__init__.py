"""The statements about classes."""

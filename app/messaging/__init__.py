"""Every chat there is: one conversation and one message model."""

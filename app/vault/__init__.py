"""Vault: files and resources that people keep and share."""

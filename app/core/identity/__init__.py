"""Providers of identities: Google, GitHub, Discord, whoever speaks OpenID Connect."""

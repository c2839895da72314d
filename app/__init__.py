"""Lyceum: the open GraphQL server on which people learn together."""

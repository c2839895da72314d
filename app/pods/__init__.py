"""Pods: learning communities."""

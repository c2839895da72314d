"""Payments: what is paid for, by whom, and whether it was."""

"""Attendance, credits and announcements of classes."""

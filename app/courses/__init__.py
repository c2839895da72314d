"""Courses: what is taught, in sections of lessons."""

"""Reference data: for now the library of prompts."""

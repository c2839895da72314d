"""The use-cases of reference data."""

from app.reference.service.prompts import Prompt, prompt

__all__ = ["Prompt", "prompt"]

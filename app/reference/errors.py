"""Expected failures of reference data."""

from app.core.errors import DomainError


class NoPublishedPrompt(DomainError):
    """The library has no published version of a prompt that is to run."""

    code = "PROMPT_NOT_PUBLISHED"
    message = "The prompt that this needs isn't published."

"""Expected failures of messaging."""

from app.core.errors import DomainError


class EmptyMessage(DomainError):
    """A message without text."""

    code = "EMPTY_MESSAGE"
    message = "A message needs some text."


class NotAMember(DomainError):
    """Somebody is mentioned who isn't in the conversation."""

    code = "NOT_A_MEMBER"
    message = "A person who is mentioned isn't in this conversation."

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


class MessageRefused(DomainError):
    """A text that the rules of moderation don't let pass."""

    code = "MESSAGE_REFUSED"
    message = "This message can't be sent."


class MessageDeleted(DomainError):
    """A message that was deleted."""

    code = "MESSAGE_DELETED"
    message = "This message was deleted."


class NotTheAuthor(DomainError):
    """A message of somebody else's."""

    code = "NOT_THE_AUTHOR"
    message = "Only who wrote a message may do this."


class NoEmoji(DomainError):
    """Something else than one emoji."""

    code = "NO_EMOJI"
    message = "A reaction is one emoji."


class TooManyReactions(DomainError):
    """A message with as many different emoji as it can have."""

    code = "TOO_MANY_REACTIONS"
    message = "A message has at most 20 different reactions."


class DirectWithOneself(DomainError):
    """People have no direct conversation with themselves."""

    code = "DIRECT_WITH_ONESELF"
    message = "A direct conversation is one with somebody else."


class RoomFull(DomainError):
    """As many people are in a room as it takes."""

    code = "ROOM_FULL"
    message = "This room is full."


class RoomArchived(DomainError):
    """A room that was archived."""

    code = "ROOM_ARCHIVED"
    message = "This room is archived."


class RemovedFromRoom(DomainError):
    """Somebody whom a room's owner has removed from it."""

    code = "REMOVED_FROM_ROOM"
    message = "You were removed from this room."


class NotTheOwner(DomainError):
    """A room of somebody else's."""

    code = "NOT_THE_ROOM_OWNER"
    message = "Only the owner of a room may do this."


class OwnerStays(DomainError):
    """A room's owner doesn't leave it."""

    code = "OWNER_STAYS"
    message = "The owner of a room can't leave it: archive it instead."

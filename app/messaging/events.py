"""What happens in conversations."""

from uuid import UUID

from app.core.events import PersistedEvent, TransientEvent

CONVERSATION = "conversation:"


def conversation_stream(conversation_id: UUID) -> str:
    """Everything that happens in a conversation."""
    return f"{CONVERSATION}{conversation_id}"


def inbox_stream(user_id: UUID) -> str:
    """What is new in the conversations of one user. Nothing of it is kept."""
    return f"inbox:{user_id}"


class _ConversationEvent(PersistedEvent):
    conversation_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return conversation_stream(self.conversation_id)


class MessageSent(_ConversationEvent):
    """There is a new message."""

    kind = "message.sent"
    message_id: UUID


class MessageEdited(_ConversationEvent):
    """A message reads another way now."""

    kind = "message.edited"
    message_id: UUID


class MessageDeleted(_ConversationEvent):
    """A message was deleted."""

    kind = "message.deleted"
    message_id: UUID


class MessageReacted(_ConversationEvent):
    """Somebody reacted to a message, or took a reaction back."""

    kind = "message.reacted"
    message_id: UUID
    user_id: UUID
    emoji: str
    added: bool


class MemberJoined(_ConversationEvent):
    """Somebody is in the conversation now."""

    kind = "conversation.member_joined"
    user_id: UUID


class MemberLeft(_ConversationEvent):
    """Somebody is no longer in the conversation."""

    kind = "conversation.member_left"
    user_id: UUID


class RoomChanged(_ConversationEvent):
    """Something is another way with the conversation's room, or it was archived."""

    kind = "room.changed"
    room_id: UUID


class ConversationRead(TransientEvent):
    """Somebody who shows it has read on. The position itself is kept with the member."""

    kind = "conversation.read"
    conversation_id: UUID
    user_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return conversation_stream(self.conversation_id)


class InboxChanged(TransientEvent):
    """Something is new in a conversation of one user's."""

    kind = "inbox.changed"
    user_id: UUID
    conversation_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return inbox_stream(self.user_id)


class InboxLeft(TransientEvent):
    """One user is in a conversation no longer."""

    kind = "inbox.left"
    user_id: UUID
    conversation_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return inbox_stream(self.user_id)

"""What happens in conversations."""

from uuid import UUID

from app.core.events import PersistedEvent

CONVERSATION = "conversation:"


def conversation_stream(conversation_id: UUID) -> str:
    """Everything that happens in a conversation."""
    return f"{CONVERSATION}{conversation_id}"


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


class MemberJoined(_ConversationEvent):
    """Somebody is in the conversation now."""

    kind = "conversation.member_joined"
    user_id: UUID


class MemberLeft(_ConversationEvent):
    """Somebody is no longer in the conversation."""

    kind = "conversation.member_left"
    user_id: UUID

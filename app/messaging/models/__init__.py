"""The tables of messaging."""

from app.messaging.models.conversations import (
    Conversation,
    ConversationKind,
    ConversationMember,
    DirectConversation,
)
from app.messaging.models.messages import (
    Message,
    MessageAttachment,
    MessageClientKey,
    MessageKind,
    MessageReaction,
    MessageRevision,
)
from app.messaging.models.rooms import Room, RoomType

__all__ = [
    "Conversation",
    "ConversationKind",
    "ConversationMember",
    "DirectConversation",
    "Message",
    "MessageAttachment",
    "MessageClientKey",
    "MessageKind",
    "MessageReaction",
    "MessageRevision",
    "Room",
    "RoomType",
]

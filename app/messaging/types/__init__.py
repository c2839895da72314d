"""What the schema shows of messaging."""

from app.messaging.types.conversations import (
    Conversation,
    ConversationId,
    ConversationMember,
    ReadReceipt,
)
from app.messaging.types.messages import Message, MessageId
from app.messaging.types.rooms import Room, RoomId

__all__ = [
    "Conversation",
    "ConversationId",
    "ConversationMember",
    "Message",
    "MessageId",
    "ReadReceipt",
    "Room",
    "RoomId",
]

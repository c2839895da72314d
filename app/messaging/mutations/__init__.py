"""Root mutations of messaging."""

import strawberry

from app.messaging.mutations.conversations import ConversationsMutation
from app.messaging.mutations.messages import MessagesMutation
from app.messaging.mutations.rooms import RoomsMutation


@strawberry.type
class MessagingMutation(MessagesMutation, ConversationsMutation, RoomsMutation):
    """Write."""

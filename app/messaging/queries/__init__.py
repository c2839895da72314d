"""Root queries of messaging."""

import strawberry

from app.messaging.queries.conversations import ConversationsQuery
from app.messaging.queries.messages import MessagesQuery
from app.messaging.queries.rooms import RoomsQuery


@strawberry.type
class MessagingQuery(MessagesQuery, ConversationsQuery, RoomsQuery):
    """Read chats."""

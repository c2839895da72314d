"""Root queries of conversations."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, true
from sqlmodel import col

from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.messaging import models
from app.messaging.models import ConversationKind
from app.messaging.types import Conversation, ConversationId

_BY_ACTIVITY = Order("conversations", ("active_at", "id"), descending=True)


def _conversation(
    _: Asker, conversation: type[models.Conversation], *, id: ConversationId
) -> ColumnElement[bool]:
    return col(conversation.id) == id


def _conversations(
    _: Asker,
    conversation: type[models.Conversation],
    *,
    kinds: Annotated[
        list[ConversationKind] | None,
        strawberry.argument(description="Only of these kinds; else of all."),
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if kinds is not None:
        where &= col(conversation.kind).in_(kinds)
    return Rows(where, _BY_ACTIVITY)


@strawberry.type
class ConversationsQuery:
    """Read conversations."""

    conversations: Connection[Conversation] = browse(
        _conversations,
        SIGNED_IN,
        "The conversations that the viewer is in, the one with the newest message first: direct"
        " ones, and the chats of rooms, pods, classes and sessions. The order follows a message"
        " within a moment; what `inboxUpdated` tells comes first.",
    )
    conversation: Conversation | None = find(
        _conversation, SIGNED_IN, "A conversation; null if the viewer isn't in it."
    )

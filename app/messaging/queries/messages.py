"""Root queries of messages."""

from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, exists, func, true
from sqlmodel import col, select

from app.core.access import SIGNED_IN
from app.core.errors import BadRequest
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, id_argument
from app.core.graph.read.pages import Order, PageArguments
from app.core.viewer import Asker
from app.messaging import models
from app.messaging.policy import hears, visible, visible_messages
from app.messaging.types import Conversation, Message

_BY_TIME = Order("messages")


def _messages(
    viewer: Asker,
    message: type[models.Message],
    *,
    conversation_id: Annotated[
        strawberry.ID | None,
        id_argument(
            "The conversation. Without one, `search` finds in all that the viewer is in.",
            Conversation.prefix,
        ),
    ] = None,
    around: Annotated[
        strawberry.ID | None,
        id_argument("A page with this message in its middle.", Message.prefix),
    ] = None,
    search: Annotated[
        str | None, strawberry.argument(description="Only messages with these words.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = col(message.deleted_at).is_(None)
    if search is not None:
        where &= col(message.search).bool_op("@@")(func.websearch_to_tsquery("simple", search))
    if conversation_id is None:
        own = select(models.Conversation.id).where(visible(viewer))
        return Rows(where & col(message.conversation_id).in_(own), _BY_TIME, visible=true())
    where &= col(message.conversation_id) == conversation_id
    there = hears(viewer, conversation_id)
    if around is not None:
        there &= exists(
            select(models.Message.id).where(
                models.Message.id == around,
                models.Message.conversation_id == conversation_id,
                visible_messages(viewer),
            )
        )
    # Who is in a conversation reads all of it.
    return Rows(where, _BY_TIME, visible=true(), exists=there, around=around)


def _check(
    page: PageArguments, *, around: Any, search: Any, conversation_id: Any, **_: Any
) -> None:
    if conversation_id is None and (search is None or around is not None):
        raise BadRequest("Without 'conversationId' there has to be a 'search' alone.")
    if around is not None and (page.cursor is not None or page.backward or search is not None):
        raise BadRequest("'around' goes with 'first' alone.")


@strawberry.type
class MessagesQuery:
    """Read messages."""

    messages: Connection[Message] | None = browse(
        _messages,
        SIGNED_IN,
        "The messages of a conversation, oldest first; null if the viewer isn't in it. Or those"
        " with some words, of all conversations that the viewer is in.",
        check=_check,
    )

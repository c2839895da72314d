"""Root subscriptions of messaging."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.events import Envelope
from app.core.graph.context import Info
from app.core.graph.fields import subscription
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.realtime.streams import event_cursor, follow
from app.messaging import store
from app.messaging.events import MemberJoined, MemberLeft, MessageSent, conversation_stream
from app.messaging.types import Conversation, Message


@strawberry.interface(description="Something that happened in a conversation.")
class ConversationEvent:
    """Each has its place."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")


@strawberry.type(description="There is a new message.")
class MessageAdded(ConversationEvent):
    """Carries the message."""

    message: Message = edge("message_key", "The message.")
    message_key: strawberry.Private[UUID]


@strawberry.type(description="Somebody is in the conversation now.")
class ConversationJoined(ConversationEvent):
    """Carries the person."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]


@strawberry.type(description="Somebody is no longer in the conversation.")
class ConversationLeft(ConversationEvent):
    """Carries the person."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]


async def _event(info: Info, envelope: Envelope) -> ConversationEvent | None:
    cursor = event_cursor(envelope.stream, envelope.sequence or 0)
    match envelope.event():
        case MessageSent(message_id=key):
            async with info.context.read() as session:
                if await store.message(session, info.context.me, key) is None:
                    return None
            return MessageAdded(cursor=cursor, message_key=key)
        case MemberJoined(user_id=key):
            return ConversationJoined(cursor=cursor, user_key=key)
        case MemberLeft(user_id=key):
            return ConversationLeft(cursor=cursor, user_key=key)
    return None


@strawberry.type
class MessagingSubscription:
    """Chats as they happen."""

    @subscription(SIGNED_IN)
    async def conversation_updated(
        self,
        info: Info,
        conversation_id: Annotated[
            strawberry.ID, strawberry.argument(description="The conversation.")
        ],
        after: Annotated[
            str | None,
            strawberry.argument(description="The cursor of the last event seen; else from now."),
        ] = None,
    ) -> AsyncIterator[ConversationEvent]:
        """What happens in a conversation, in order, without gap or repeat after a cursor.

        Ends when the viewer is no longer in it.
        """
        key = from_global(Conversation.prefix, conversation_id)

        async def allowed() -> bool:
            async with info.context.read() as session:
                return await store.conversation(session, info.context.me, key) is not None

        async for envelope in follow(info.context, conversation_stream(key), after, allowed):
            event = await _event(info, envelope)
            if event is not None:
                yield event

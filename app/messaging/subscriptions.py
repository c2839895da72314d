"""Root subscriptions of messaging."""

from typing import Annotated
from uuid import UUID

import strawberry
from sqlalchemy import true

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.graph.read.declare import edge, id_argument
from app.core.realtime.declare import AFTER, follow, tell, tell_now
from app.core.realtime.presence import TypingChanged
from app.messaging import policy
from app.messaging.events import MemberJoined, MemberLeft, MessageSent, conversation_stream
from app.messaging.types import Conversation, Message


@strawberry.interface(description="Something that happened in a conversation.")
class ConversationEvent:
    """What is kept has a place; what is transient is only told to those who listen now."""

    cursor: str | None = strawberry.field(
        description="Pass it as `after` to go on from here; null for what isn't kept."
    )


@strawberry.type(description="There is a new message.")
class MessageAdded(ConversationEvent):
    """Carries the message."""

    message: Message = edge("message_key", "The message.", visible=true())
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


@strawberry.type(description="Somebody began to type, or types no more. Not kept.")
class ConversationTyping(ConversationEvent):
    """Carries the person."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]
    typing: bool = strawberry.field(description="Whether they type now.")


def _typing(event: TypingChanged) -> ConversationTyping:
    return ConversationTyping(cursor=None, user_key=UUID(event.member), typing=event.typing)


@strawberry.type
class MessagingSubscription:
    """Chats as they happen."""

    conversation_updated: ConversationEvent = follow(
        lambda _, conversation_id: conversation_stream(conversation_id),
        policy.hears,
        SIGNED_IN,
        """What happens in a conversation, in order, without gap or repeat after a cursor.

        Ends when the viewer is no longer in it.
        """,
        tell(MessageSent, lambda sent, at: MessageAdded(cursor=at, message_key=sent.message_id)),
        tell(
            MemberJoined,
            lambda joined, at: ConversationJoined(cursor=at, user_key=joined.user_id),
            changes_members=True,
        ),
        tell(
            MemberLeft,
            lambda left, at: ConversationLeft(cursor=at, user_key=left.user_id),
            changes_members=True,
        ),
        tell_now(TypingChanged, _typing),
        conversation_id=Annotated[
            strawberry.ID, id_argument("The conversation.", Conversation.prefix)
        ],
        after=AFTER,
    )

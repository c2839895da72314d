"""Root mutations of messaging."""

from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import CHAT
from app.messaging import service
from app.messaging.models import MessageKind
from app.messaging.store import MessageData
from app.messaging.types import Conversation, Message


@strawberry.input(description="A message to send.")
class MessageSendInput:
    """Text and what it refers to."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    body: str = strawberry.field(description="The text, at most 10,000 characters.")
    kind: MessageKind = strawberry.field(
        default=MessageKind.TEXT, description="What it is; the system alone writes `SYSTEM`."
    )
    reply_to_id: strawberry.ID | None = strawberry.field(
        default=None, description="The message that it answers."
    )
    mentions: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Members of the conversation whom it mentions."
    )
    client_id: str | None = strawberry.field(
        default=None, description="Your own name for it: sent again, it stays one message."
    )


@strawberry.type(description="The answer to `messageSend`.")
class MessageSendPayload:
    """The message."""

    message: Message | None = edge("message_key", "The message.")
    message_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it wasn't sent."
    )


@strawberry.input(description="Whether you type.")
class TypingSetInput:
    """In one conversation."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    typing: bool = strawberry.field(
        description="True while you do, again every few seconds: it ends by itself after five."
    )


@strawberry.type(description="The answer to `typingSet`.")
class TypingSetPayload:
    """Nothing is kept."""

    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type
class MessagingMutation:
    """Write."""

    @mutation(permitted("message.send"), CHAT, confirms=True)
    async def message_send(self, info: Info, input: MessageSendInput) -> MessageSendPayload:
        """Write a message. `conversationUpdated` tells the conversation's members. `NOT_FOUND` in
        a direct conversation if one of the two has blocked the other.
        """
        data = to_data(
            MessageData,
            input,
            conversation_id=from_global(Conversation.prefix, input.conversation_id),
            reply_to_id=(
                from_global(Message.prefix, input.reply_to_id) if input.reply_to_id else None
            ),
            mentions=[from_global(User.prefix, mention) for mention in input.mentions],
        )
        key = await service.send(info.context.resources, info.context.me, data)
        return MessageSendPayload(message_key=key)

    @mutation(permitted("message.send"))
    async def typing_set(self, info: Info, input: TypingSetInput) -> TypingSetPayload:
        """Say that you type, or no longer do. Transient: `conversationUpdated` tells those who
        listen now.
        """
        key = from_global(Conversation.prefix, input.conversation_id)
        await service.set_typing(info.context.resources, info.context.me, key, typing=input.typing)
        return TypingSetPayload()

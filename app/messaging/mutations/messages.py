"""Root mutations of messages."""

from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import SIGNED_IN, permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import CHAT
from app.messaging.models import MessageKind
from app.messaging.service import messages as service
from app.messaging.store.messages import WRITES, MessageData
from app.messaging.types import Conversation, Message
from app.vault.types import File

_SENDER = permitted("message.send")


@strawberry.input(description="A message to send.")
class MessageSendInput:
    """Text and what it refers to."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    body: str = strawberry.field(
        description="The text, at most 10,000 characters. It may be empty where files are attached."
    )
    kind: MessageKind = strawberry.field(
        default=MessageKind.TEXT, description="What it is; the system alone writes `SYSTEM`."
    )
    reply_to_id: strawberry.ID | None = strawberry.field(
        default=None, description="The message that it answers."
    )
    mentions: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Members of the conversation whom it mentions."
    )
    attachments: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Up to 10 files of yours that were uploaded for messages; each can be attached"
        " once. One of kind `FILE` needs one.",
    )
    client_id: str | None = strawberry.field(
        default=None,
        description="Your own name for it: sent again within 30 days, it stays one message.",
    )


@strawberry.input(description="How a message is to read.")
class MessageEditInput:
    """One of yours."""

    message_id: strawberry.ID = strawberry.field(description="The message.")
    body: str = strawberry.field(
        description="The text, at most 10,000 characters. It may be empty where files are attached."
    )


@strawberry.input(description="Which message to delete.")
class MessageDeleteInput:
    """One of yours; moderators, any."""

    message_id: strawberry.ID = strawberry.field(description="The message.")


@strawberry.input(description="An emoji at a message.")
class MessageReactionInput:
    """Yours."""

    message_id: strawberry.ID = strawberry.field(description="The message.")
    emoji: str = strawberry.field(description="One emoji.")


@strawberry.type
class _MessagePayload:
    message: Message | None = edge("message_key", "The message.")
    message_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was done."
    )


@strawberry.type(description="The answer to `messageSend`.")
class MessageSendPayload(_MessagePayload):
    """The message."""


@strawberry.type(description="The answer to `messageEdit`.")
class MessageEditPayload(_MessagePayload):
    """The message."""


@strawberry.type(description="The answer to `messageDelete`.")
class MessageDeletePayload(_MessagePayload):
    """What is left of the message."""


@strawberry.type(description="The answer to `messageReact`.")
class MessageReactPayload(_MessagePayload):
    """The message."""


@strawberry.type(description="The answer to `messageUnreact`.")
class MessageUnreactPayload(_MessagePayload):
    """The message."""


@strawberry.type
class MessagesMutation:
    """Write, and change what was written."""

    @mutation(_SENDER, CHAT, writes=WRITES)
    async def message_send(self, info: Info, input: MessageSendInput) -> MessageSendPayload:
        """Write a message. `conversationUpdated` tells the conversation's members, and
        `inboxUpdated` each of them. `NOT_FOUND` in a direct conversation if one of the two has
        blocked the other, and `MESSAGE_REFUSED` for what the rules of moderation don't let pass.
        """
        data = to_data(
            MessageData,
            input,
            conversation_id=from_global(Conversation.prefix, input.conversation_id),
            reply_to_id=(
                from_global(Message.prefix, input.reply_to_id) if input.reply_to_id else None
            ),
            mentions=[from_global(User.prefix, mention) for mention in input.mentions],
            attachments=[from_global(File.prefix, each) for each in input.attachments],
        )
        context = info.context
        key = await service.send(context.resources, context.me, data, context.returning)
        return MessageSendPayload(message_key=key)

    @mutation(_SENDER, CHAT)
    async def message_edit(self, info: Info, input: MessageEditInput) -> MessageEditPayload:
        """Change a message of yours. What it read before, moderators see. `conversationUpdated`
        tells the conversation's members.
        """
        key = from_global(Message.prefix, input.message_id)
        data = to_data(service.MessageChanges, input)
        async with info.context.begin() as uow:
            await service.edit(uow, info.context.me, key, data)
        return MessageEditPayload(message_key=key)

    @mutation(SIGNED_IN)
    async def message_delete(self, info: Info, input: MessageDeleteInput) -> MessageDeletePayload:
        """Delete a message of yours, or, with the permission `message.moderate`, of anybody's;
        again is no change. What it read, moderators see. `conversationUpdated` tells the
        conversation's members.
        """
        key = from_global(Message.prefix, input.message_id)
        async with info.context.begin() as uow:
            await service.delete(uow, info.context.me, key)
        return MessageDeletePayload(message_key=key)

    @mutation(_SENDER, CHAT)
    async def message_react(self, info: Info, input: MessageReactionInput) -> MessageReactPayload:
        """Put an emoji to a message; again is no change. `conversationUpdated` tells the
        conversation's members.
        """
        key = from_global(Message.prefix, input.message_id)
        async with info.context.begin() as uow:
            await service.react(uow, info.context.me, key, input.emoji)
        return MessageReactPayload(message_key=key)

    @mutation(_SENDER, CHAT)
    async def message_unreact(
        self, info: Info, input: MessageReactionInput
    ) -> MessageUnreactPayload:
        """Take an emoji of yours back; without it nothing changes. `conversationUpdated` tells
        the conversation's members.
        """
        key = from_global(Message.prefix, input.message_id)
        async with info.context.begin() as uow:
            await service.unreact(uow, info.context.me, key, input.emoji)
        return MessageUnreactPayload(message_key=key)

"""Root mutations of conversations."""

from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import SIGNED_IN, permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import CHAT
from app.messaging import service
from app.messaging.service import conversations
from app.messaging.types import Conversation, Message


@strawberry.input(description="With whom to talk.")
class DirectConversationOpenInput:
    """One other user."""

    user_id: strawberry.ID = strawberry.field(description="The other one.")


@strawberry.input(description="How far you have read.")
class ConversationMarkReadInput:
    """Up to a message, with it."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    message_id: strawberry.ID = strawberry.field(description="The last message that you have read.")


@strawberry.input(description="Whether you type.")
class TypingSetInput:
    """In one conversation."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    typing: bool = strawberry.field(
        description="True while you do, again every few seconds: it ends by itself after five."
    )


@strawberry.type
class _ConversationPayload:
    conversation: Conversation | None = edge("conversation_key", "The conversation.")
    conversation_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The answer to `directConversationOpen`.")
class DirectConversationOpenPayload(_ConversationPayload):
    """The conversation."""


@strawberry.type(description="The answer to `conversationMarkRead`.")
class ConversationMarkReadPayload(_ConversationPayload):
    """The conversation, with what is unread now."""


@strawberry.type(description="The answer to `typingSet`.")
class TypingSetPayload:
    """Nothing is kept."""

    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type
class ConversationsMutation:
    """Talk with somebody, and say what was read."""

    @mutation(permitted("message.send"), CHAT)
    async def direct_conversation_open(
        self, info: Info, input: DirectConversationOpenInput
    ) -> DirectConversationOpenPayload:
        """The conversation with another user: there is one for each two people, made when one of
        them first opens it. `NOT_FOUND` if one of the two has blocked the other.
        `conversationUpdated` tells both that they are in it, and so does `inboxUpdated`.
        """
        user_id = from_global(User.prefix, input.user_id)
        async with info.context.begin() as uow:
            key = await conversations.open_direct(uow, info.context.me, user_id)
        return DirectConversationOpenPayload(conversation_key=key)

    @mutation(SIGNED_IN)
    async def conversation_mark_read(
        self, info: Info, input: ConversationMarkReadInput
    ) -> ConversationMarkReadPayload:
        """Say up to which message you have read; what is earlier than your position changes
        nothing. `conversationUpdated` tells the members, unless your privacy settings hide it,
        and `inboxUpdated` your other devices.
        """
        key = from_global(Conversation.prefix, input.conversation_id)
        message = from_global(Message.prefix, input.message_id)
        async with info.context.begin() as uow:
            await conversations.mark_read(uow, info.context.me, key, message)
        return ConversationMarkReadPayload(conversation_key=key)

    @mutation(permitted("message.send"))
    async def typing_set(self, info: Info, input: TypingSetInput) -> TypingSetPayload:
        """Say that you type, or no longer do. Transient: `conversationUpdated` tells those who
        listen now.
        """
        key = from_global(Conversation.prefix, input.conversation_id)
        await service.set_typing(info.context.resources, info.context.me, key, typing=input.typing)
        return TypingSetPayload()

"""Root subscriptions of messaging."""

from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.graph.read.declare import edge, one
from app.core.ids import to_global
from app.core.realtime.declare import AFTER, anyone, follow, tell, tell_now
from app.core.realtime.presence import TypingChanged
from app.core.viewer import Asker
from app.messaging import events, models, policy
from app.messaging.events import (
    MemberJoined,
    MemberLeft,
    MessageSent,
    conversation_stream,
    inbox_stream,
)
from app.messaging.types import Conversation, ConversationId, Message, ReadReceipt, Room


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


@strawberry.type(description="A message reads another way now.")
class MessageEdited(ConversationEvent):
    """Carries the message as it is when this is told."""

    message: Message = edge("message_key", "The message.", visible=true())
    message_key: strawberry.Private[UUID]


@strawberry.type(description="A message was deleted.")
class MessageDeleted(ConversationEvent):
    """What it read, only moderators see."""

    message: Message = edge("message_key", "What is left of it.", visible=true())
    message_key: strawberry.Private[UUID]


@strawberry.type(description="Somebody put an emoji to a message, or took one back.")
class MessageReacted(ConversationEvent):
    """Carries the message, whose reactions have the counts as they are when this is told."""

    message: Message = edge("message_key", "The message.", visible=true())
    message_key: strawberry.Private[UUID]
    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]
    emoji: str = strawberry.field(description="The emoji.")
    added: bool = strawberry.field(description="Whether it was added, and not taken back.")


@strawberry.type(description="Somebody is in the conversation now.")
class ConversationJoined(ConversationEvent):
    """Carries the person, and the conversation with its number of members."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]
    conversation: Conversation | None = edge(
        "conversation_key", "The conversation as it is now.", visible=true()
    )
    conversation_key: strawberry.Private[UUID]


@strawberry.type(description="Somebody is no longer in the conversation.")
class ConversationLeft(ConversationEvent):
    """Carries the person, and the conversation with its number of members."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]
    conversation: Conversation | None = edge(
        "conversation_key", "The conversation as it is now.", visible=true()
    )
    conversation_key: strawberry.Private[UUID]


@strawberry.type(description="Somebody began to type, or types no more. Not kept.")
class ConversationTyping(ConversationEvent):
    """Carries the person."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]
    typing: bool = strawberry.field(description="Whether they type now.")


def _shown_receipt(
    _: Asker, member: type[models.ConversationMember], event: Any
) -> ColumnElement[bool]:
    return and_(
        col(member.conversation_id) == event.conversation_key,
        col(member.user_id) == event.user_key,
        policy.shows_position(member),
    )


@strawberry.type(
    description="Somebody has read on. Not kept: the position is, at the conversation's members."
    " Nobody is told of those who hide it."
)
class ConversationReadOn(ConversationEvent):
    """Carries the position as it is when this is told."""

    receipt: ReadReceipt | None = one(
        _shown_receipt, "Who, and how far; null if a block is between the two."
    )
    conversation_key: strawberry.Private[UUID]
    user_key: strawberry.Private[UUID]


@strawberry.type(
    description="Something about the conversation's room is another way, or it was archived."
)
class RoomChanged(ConversationEvent):
    """Carries the room as it is when this is told, with its numbers."""

    room: Room = edge("room_key", "The room.", visible=true())
    room_key: strawberry.Private[UUID]


@strawberry.interface(description="Something new in one of the viewer's conversations. Not kept.")
class InboxEvent:
    """Light: what is shown of it is read from the conversation."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation's id.")


@strawberry.type(
    description="A conversation has a new message, or another number of unread ones, or is new."
)
class InboxConversationChanged(InboxEvent):
    """Carries the conversation: its last message's id, and how much is unread."""

    conversation: Conversation = edge("conversation_key", "The conversation as it is now.")
    conversation_key: strawberry.Private[UUID]


@strawberry.type(description="The viewer is no longer in a conversation.")
class InboxConversationLeft(InboxEvent):
    """It is to be shown no more."""


KINDS = (
    MessageAdded,
    MessageEdited,
    MessageDeleted,
    MessageReacted,
    ConversationJoined,
    ConversationLeft,
    ConversationTyping,
    ConversationReadOn,
    RoomChanged,
    InboxConversationChanged,
    InboxConversationLeft,
)


def _typing(event: TypingChanged) -> ConversationTyping:
    return ConversationTyping(cursor=None, user_key=UUID(event.member), typing=event.typing)


def _read_on(event: events.ConversationRead) -> ConversationReadOn:
    return ConversationReadOn(
        cursor=None, conversation_key=event.conversation_id, user_key=event.user_id
    )


def _joined(event: MemberJoined, at: str) -> ConversationJoined:
    return ConversationJoined(
        cursor=at, user_key=event.user_id, conversation_key=event.conversation_id
    )


def _left(event: MemberLeft, at: str) -> ConversationLeft:
    return ConversationLeft(
        cursor=at, user_key=event.user_id, conversation_key=event.conversation_id
    )


def _reacted(event: events.MessageReacted, at: str) -> MessageReacted:
    return MessageReacted(
        cursor=at,
        message_key=event.message_id,
        user_key=event.user_id,
        emoji=event.emoji,
        added=event.added,
    )


def _id(event: events.InboxChanged | events.InboxLeft) -> strawberry.ID:
    return strawberry.ID(to_global(Conversation.prefix, event.conversation_id))


def _inbox_changed(event: events.InboxChanged) -> InboxConversationChanged:
    return InboxConversationChanged(
        conversation_id=_id(event), conversation_key=event.conversation_id
    )


def _inbox_left(event: events.InboxLeft) -> InboxConversationLeft:
    return InboxConversationLeft(conversation_id=_id(event))


@strawberry.type
class MessagingSubscription:
    """Chats as they happen."""

    conversation_updated: ConversationEvent = follow(
        lambda _, conversation_id: conversation_stream(conversation_id),
        policy.hears,
        SIGNED_IN,
        """What happens in a conversation, in order, without gap or repeat after a cursor. Typing
        and reading on aren't kept: they are told to those who listen now.

        Ends when the viewer is no longer in it. Whoever follows it has it open, and is among
        `Conversation.present`.
        """,
        tell(MessageSent, lambda sent, at: MessageAdded(cursor=at, message_key=sent.message_id)),
        tell(
            events.MessageEdited,
            lambda edited, at: MessageEdited(cursor=at, message_key=edited.message_id),
        ),
        tell(
            events.MessageDeleted,
            lambda deleted, at: MessageDeleted(cursor=at, message_key=deleted.message_id),
        ),
        tell(events.MessageReacted, _reacted),
        tell(MemberJoined, _joined, changes_members=True),
        tell(MemberLeft, _left, changes_members=True),
        tell(
            events.RoomChanged,
            lambda changed, at: RoomChanged(cursor=at, room_key=changed.room_id),
        ),
        tell_now(TypingChanged, _typing),
        tell_now(events.ConversationRead, _read_on),
        is_quiet=True,
        conversation_id=ConversationId,
        after=AFTER,
    )
    inbox_updated: InboxEvent = follow(
        lambda viewer: inbox_stream(viewer.user_id),
        anyone,
        SIGNED_IN,
        """What is new across the viewer's conversations: messages, conversations, and what was
        read on another device. Nothing of it is kept, and what comes while nobody listens is
        missed: subscribe, then read `conversations`, and again after a reconnection.
        """,
        tell_now(events.InboxChanged, _inbox_changed),
        tell_now(events.InboxLeft, _inbox_left),
    )

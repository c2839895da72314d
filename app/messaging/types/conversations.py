"""Conversations, who is in them, and how far each has read."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, and_, exists, func, literal_column, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts import models as accounts
from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    id_of,
    one,
    pages,
    reads,
)
from app.core.graph.read.operation import COST
from app.core.graph.read.pages import Order
from app.core.realtime.declare import quiet_place
from app.core.realtime.streams import newest_cursor
from app.core.viewer import Asker
from app.messaging import models, policy
from app.messaging.events import conversation_stream
from app.messaging.models import ConversationKind

describe(
    ConversationKind,
    "What a conversation belongs to.",
    {
        ConversationKind.DIRECT: "To two people.",
        ConversationKind.ROOM: "To a study room.",
        ConversationKind.POD: "To a pod.",
        ConversationKind.CLASS: "To a class.",
        ConversationKind.SESSION: "To a study session.",
    },
)

_MOST_TYPISTS = 20
_MOST_PRESENT = 100
MOST_UNREAD = 100
_MESSAGE_PREFIX = "msg"
_LazyMessage = Annotated["Message", strawberry.lazy("app.messaging.types.messages")]  # type: ignore[name-defined]  # noqa: F821
_LazyRoom = Annotated["Room", strawberry.lazy("app.messaging.types.rooms")]  # type: ignore[name-defined]  # noqa: F821


def member_count(conversation_id: Any) -> ColumnElement[int]:
    """How many people are in a conversation."""
    member = aliased(models.ConversationMember)
    return (
        select(func.count())
        .select_from(member)
        .where(col(member.conversation_id) == conversation_id, col(member.left_at).is_(None))
        .correlate_except(member)
        .scalar_subquery()
    )


def _unread_messages(viewer: Asker, conversation: type[models.Conversation]) -> Any:
    """What others have written since the viewer last read.

    The key's lower bound leaves out all older partitions, so that this looks at no more than it
    finds, and at what was written a minute before.
    """
    message, member = aliased(models.Message), aliased(models.ConversationMember)
    return (
        select(message.id)
        .select_from(member)
        .join(message, col(message.conversation_id) == member.conversation_id)
        .where(
            col(member.conversation_id) == conversation.id,
            col(member.user_id) == viewer.user_id,
            col(message.id) > member.read_floor,
            col(message.sequence) > member.read_sequence,
            col(message.sender_id).is_distinct_from(viewer.user_id),
            col(message.deleted_at).is_(None),
        )
        .correlate_except(message, member)
    )


def _unread(viewer: Asker, conversation: type[models.Conversation]) -> ColumnElement[int]:
    most: ColumnElement[int] = literal_column(str(MOST_UNREAD))
    some = _unread_messages(viewer, conversation).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _more_unread(viewer: Asker, conversation: type[models.Conversation]) -> ColumnElement[bool]:
    most: ColumnElement[int] = literal_column(str(MOST_UNREAD))
    one_more: ColumnElement[int] = literal_column("1")
    return exists(_unread_messages(viewer, conversation).offset(most).limit(one_more))


def _cursor(_: Asker, conversation: type[models.Conversation]) -> ColumnElement[str]:
    return newest_cursor(conversation_stream, conversation.id)


def _count(_: Asker, conversation: type[models.Conversation]) -> ColumnElement[int]:
    return member_count(conversation.id)


def _members(
    _: Asker,
    member: type[models.ConversationMember],
    conversation: type[models.Conversation],
) -> Rows:
    where = and_(col(member.conversation_id) == conversation.id, col(member.left_at).is_(None))
    return Rows(where, Order("members", ("joined_at", "user_id")), visible=true())


def _last(
    _: Asker, message: type[models.Message], conversation: type[models.Conversation]
) -> ColumnElement[bool]:
    newest = aliased(models.Message)
    return (
        col(message.id)
        == select(newest.id)
        .where(newest.conversation_id == conversation.id, col(newest.deleted_at).is_(None))
        .order_by(col(newest.id).desc())
        .limit(1)
        .correlate_except(newest)
        .scalar_subquery()
    )


def _peer(
    viewer: Asker, user: type[accounts.User], conversation: type[models.Conversation]
) -> ColumnElement[bool]:
    member = aliased(models.ConversationMember)
    others = (
        select(member.user_id)
        .where(
            member.conversation_id == conversation.id,
            col(member.user_id) != viewer.user_id,
            col(conversation.kind) == ConversationKind.DIRECT,
        )
        .correlate_except(member)
    )
    return col(user.id).in_(others)


def _room(
    _: Asker, room: type[models.Room], conversation: type[models.Conversation]
) -> ColumnElement[bool]:
    return col(room.conversation_id) == conversation.id


def _same(
    _: Asker,
    member: type[models.ConversationMember],
    parent: type[models.ConversationMember],
) -> ColumnElement[bool]:
    return and_(
        col(member.conversation_id) == parent.conversation_id,
        col(member.user_id) == parent.user_id,
    )


@reads(
    models.ConversationMember,
    visible=policy.visible_receipt,
    key="user_id",
    beside=("conversation_id",),
    description="How far somebody has read in a conversation.",
)
class ReadReceipt:
    """For those in it, unless the reader's privacy settings hide it or a block is between."""

    user: User | None = edge("user_id", "Who.")
    message_id: strawberry.ID | None = id_of(
        "read_message_id", _MESSAGE_PREFIX, "The id of the message that was read last."
    )
    read_at: datetime | None = column("When it was read.")


@reads(
    models.ConversationMember,
    key="user_id",
    beside=("conversation_id",),
    description="Somebody who is in a conversation.",
)
class ConversationMember:
    """Seen by all who are in it."""

    user: User | None = edge("user_id", "Who; null while the account isn't active.")
    joined_at: datetime = column("Since when they are in it.")
    receipt: ReadReceipt | None = one(
        _same,
        "How far they have read; null before they have read anything, and where they hide it.",
    )


@reads(models.Conversation, visible=policy.visible, description="A chat.")
class Conversation(Node):
    """Direct, or of a room, pod, class or session."""

    prefix = "cnv"

    kind: ConversationKind = column("What it belongs to.")
    title: str = column("What it is called; empty for a direct one.")
    created_at: datetime = column("When it was opened.")
    active_at: datetime = column("When something was last written, give or take a moment.")
    closed_at: datetime | None = column("Since when nobody can write in it; null while it is open.")
    peer: User | None = one(_peer, "Of a direct one: who the other is.")
    room: _LazyRoom | None = one(_room, "The room that it belongs to, if it does to one.")
    member_count: int = computed(_count, "How many people are in it.")
    members: Connection[ConversationMember] = pages(
        _members, "Who is in it, in the order in which they came."
    )
    last_message: _LazyMessage | None = one(
        _last, "The newest message that wasn't deleted.", visible=true()
    )
    unread_count: int = computed(
        _unread,
        f"How many messages of others the viewer hasn't read, {MOST_UNREAD} at most: see"
        " `hasMoreUnread`. What was written before the viewer came counts as read.",
    )
    has_more_unread: bool = computed(
        _more_unread, f"Whether more than {MOST_UNREAD} messages of others are unread."
    )
    cursor: str = computed(
        _cursor,
        "The place of the newest event: read this before the messages, and pass it as"
        " `after` to `conversationUpdated`, and nothing is missed in between.",
    )

    @strawberry.field(
        description=f"Who types in it now, {_MOST_TYPISTS} people at most; afterwards"
        " `conversationUpdated` tells who does.",
        metadata={COST: 5},
    )
    async def typing(self, info: Info) -> "list[Typist] | None":
        """From Redis; null, with an error, while that is away."""
        place, presence = conversation_stream(vars(self)["id"]), info.context.resources.presence
        found = await info.context.load("typists", presence.typists_of, place) or ()
        return [Typist(user_key=UUID(each)) for each in sorted(found)[:_MOST_TYPISTS]]

    @strawberry.field(
        description=f"Who has it open now, {_MOST_PRESENT} people at most: they follow"
        " `conversationUpdated`.",
        metadata={COST: 5},
    )
    async def present(self, info: Info) -> "list[PresentMember] | None":
        """From Redis; null, with an error, while that is away."""
        place = quiet_place(conversation_stream(vars(self)["id"]))
        presence = info.context.resources.presence
        found = await info.context.load("present", presence.members_of, place) or ()
        return [PresentMember(user_key=UUID(each)) for each in sorted(found)[:_MOST_PRESENT]]


@strawberry.type(description="Somebody who types in a conversation now.")
class Typist:
    """For five seconds, unless they say it again."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]


@strawberry.type(description="Somebody who has a conversation open now.")
class PresentMember:
    """As long as one of their devices follows it."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]


ConversationId = Annotated[strawberry.ID, id_argument("The conversation.", Conversation.prefix)]

"""Messages, what belongs to them, and what they read before."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, and_, any_, case, exists, func, literal_column, true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts import models as accounts
from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    id_of,
    items,
    pages,
    reads,
)
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.messaging import models, policy
from app.messaging.models import MessageKind
from app.messaging.service.messages import MOST_EMOJI
from app.messaging.store.messages import MOST_ATTACHMENTS
from app.messaging.types.conversations import Conversation
from app.vault.types import File

describe(
    MessageKind,
    "What a message is.",
    {
        MessageKind.TEXT: "Plain text.",
        MessageKind.FILE: "Files, perhaps with a word about them.",
        MessageKind.CODE: "Source code.",
        MessageKind.SYSTEM: "Something that the program says.",
    },
)

_MOST_MENTIONS = 50


def _body(_: Asker, message: type[models.Message]) -> ColumnElement[str]:
    return case((col(message.deleted_at).is_(None), message.body), else_=literal_column("''"))


def _attachments(
    viewer: Asker, attachment: type[models.MessageAttachment], message: type[models.Message]
) -> Rows:
    where = and_(col(attachment.message_id) == message.id, policy.shown(viewer, message))
    return Rows(where, Order("attachments", ("position",)), visible=true())


def _mentions(viewer: Asker, user: type[accounts.User], message: type[models.Message]) -> Rows:
    where = and_(col(user.id) == any_(col(message.mentions)), policy.shown(viewer, message))
    return Rows(where, Order("mentions", ("created_at", "id")))


def _first_of_emoji(reaction: type[models.MessageReaction]) -> ColumnElement[bool]:
    """One row for each emoji of a message: the first of those who chose it."""
    earlier = aliased(models.MessageReaction)
    return ~exists(
        select(earlier.user_id)
        .where(
            earlier.message_id == reaction.message_id,
            earlier.emoji == reaction.emoji,
            tuple_(earlier.created_at, earlier.user_id)
            < tuple_(reaction.created_at, reaction.user_id),
        )
        .correlate_except(earlier)
    )


def _reactions(
    _: Asker, reaction: type[models.MessageReaction], message: type[models.Message]
) -> Rows:
    where = and_(
        col(reaction.message_id) == message.id,
        col(message.deleted_at).is_(None),
        _first_of_emoji(reaction),
    )
    return Rows(where, Order("reactions", ("created_at", "emoji")), visible=true())


def _chosen(_: Asker, reaction: type[models.MessageReaction]) -> ColumnElement[int]:
    each = aliased(models.MessageReaction)
    return (
        select(func.count())
        .select_from(each)
        .where(col(each.message_id) == reaction.message_id, col(each.emoji) == reaction.emoji)
        .correlate_except(each)
        .scalar_subquery()
    )


def _mine(viewer: Asker, reaction: type[models.MessageReaction]) -> ColumnElement[bool]:
    each = aliased(models.MessageReaction)
    return exists(
        select(each.user_id)
        .where(
            each.message_id == reaction.message_id,
            each.emoji == reaction.emoji,
            each.user_id == viewer.user_id,
        )
        .correlate_except(each)
    )


def _revisions(
    _: Asker, revision: type[models.MessageRevision], message: type[models.Message]
) -> Rows:
    return Rows(col(revision.message_id) == message.id, Order("revisions"))


@reads(models.MessageAttachment, key="file_id", description="A file that is attached to a message.")
class MessageAttachment:
    """Whoever sees the message sees it."""

    file: File = edge("file_id", "The file.", visible=true())
    position: int = column("Its place among the message's files, from 0 on.")


@reads(
    models.MessageReaction,
    key="user_id",
    beside=("message_id", "emoji"),
    description="An emoji at a message, and how many chose it.",
)
class MessageReaction:
    """Everybody counts once."""

    emoji: str = column("The emoji.")
    count: int = computed(_chosen, "How many chose it.")
    mine: bool = computed(_mine, "Whether the viewer did.")


@reads(
    models.MessageRevision,
    visible=policy.visible_revision,
    description="What a message read before it was edited or deleted.",
)
class MessageRevision:
    """Moderators see it."""

    body: str = column("The text that it had.")
    replaced_at: datetime = column("Until when it had it.", "created_at")


@reads(models.Message, visible=policy.visible_messages, description="A message in a conversation.")
class Message(Node):
    """What somebody wrote."""

    prefix = "msg"

    kind: MessageKind = column("What it is.")
    body: str = computed(_body, "The text; empty once it is deleted.")
    created_at: datetime = column("When it was sent.")
    edited_at: datetime | None = column("When it was last changed.")
    deleted_at: datetime | None = column("When it was deleted.")
    sender: User | None = edge(
        "sender_id", "Who wrote it; null for the system and for deleted accounts."
    )
    conversation_id: strawberry.ID = id_of(
        "conversation_id", Conversation.prefix, "The id of its conversation."
    )
    reply_to: "Message | None" = edge("reply_to_id", "The message that it answers.")
    mentions: list[User] = items(
        _mentions, "Whom it mentions; nobody once it is deleted.", most=_MOST_MENTIONS
    )
    attachments: list[MessageAttachment] = items(
        _attachments, "Its files; none once it is deleted.", most=MOST_ATTACHMENTS
    )
    reactions: list[MessageReaction] = items(
        _reactions,
        "The emoji that people put to it, the first one first; none once it is deleted.",
        most=MOST_EMOJI,
    )
    revisions: Connection[MessageRevision] = pages(
        _revisions, "What it read before, oldest first: empty for all but moderators."
    )


MessageId = Annotated[strawberry.ID, id_argument("The message.", Message.prefix)]

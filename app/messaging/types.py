"""What the schema shows of messaging."""

from datetime import datetime
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, case, literal_column
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, computed, edge, id_of, reads
from app.core.graph.read.operation import COST
from app.core.realtime.streams import newest_cursor
from app.core.viewer import Asker
from app.messaging import models, policy
from app.messaging.events import conversation_stream
from app.messaging.models import ConversationKind, MessageKind

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
describe(
    MessageKind,
    "What a message is.",
    {
        MessageKind.TEXT: "Plain text.",
        MessageKind.FILE: "A file with a word about it.",
        MessageKind.CODE: "Source code.",
        MessageKind.SYSTEM: "Something that the program says.",
    },
)


_MOST_TYPISTS = 20


def _cursor(_: Asker, conversation: type[models.Conversation]) -> ColumnElement[str]:
    return newest_cursor(conversation_stream, conversation.id)


def _body(_: Asker, message: type[models.Message]) -> ColumnElement[str]:
    return case((col(message.deleted_at).is_(None), message.body), else_=literal_column("''"))


@reads(models.Conversation, visible=policy.visible, description="A chat.")
class Conversation(Node):
    """Direct, or of a room, pod, class or session."""

    prefix = "cnv"

    kind: ConversationKind = column("What it belongs to.")
    title: str = column("What it is called.")
    created_at: datetime = column("When it was opened.")
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
        key: UUID = vars(self)["id"]
        found = await info.context.resources.presence.typists(conversation_stream(key))
        return [Typist(user_key=UUID(each)) for each in sorted(found)[:_MOST_TYPISTS]]


@strawberry.type(description="Somebody who types in a conversation now.")
class Typist:
    """For five seconds, unless they say it again."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]


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

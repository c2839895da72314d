"""What the schema shows of messaging."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from app.accounts.types import User, load_user
from app.core.db import ReadSession
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node, loads_nodes
from app.core.ids import to_global
from app.core.outbox import last_sequence
from app.core.realtime.streams import event_cursor
from app.core.viewer import Viewer
from app.messaging import models, store
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


@strawberry.type(description="A chat.")
class Conversation(Node):
    """Direct, or of a room, pod, class or session."""

    prefix = "cnv"

    kind: ConversationKind = strawberry.field(description="What it belongs to.")
    title: str = strawberry.field(description="What it is called.")
    created_at: datetime = strawberry.field(description="When it was opened.")

    @strawberry.field(
        description="The place of the newest event: read this before the messages, and pass it as"
        " `after` to `conversationUpdated`, and nothing is missed in between."
    )
    async def cursor(self, info: Info) -> str:
        """Its stream's last number."""
        stream = conversation_stream(self.key)
        async with info.context.read() as session:
            return event_cursor(stream, await last_sequence(session, stream))

    @classmethod
    def of(cls, row: models.Conversation) -> Self:
        """From its row."""
        return cls(key=row.id, kind=row.kind, title=row.title, created_at=row.created_at)


async def conversations_by_id(
    session: ReadSession, viewer: Viewer | None, keys: Sequence[UUID]
) -> dict[UUID, models.Conversation]:
    """Batch function: conversations that the viewer is in."""
    return {} if viewer is None else await store.conversations_by_id(session, viewer, keys)


async def messages_by_id(
    session: ReadSession, viewer: Viewer | None, keys: Sequence[UUID]
) -> dict[UUID, models.Message]:
    """Batch function: messages that the viewer may read."""
    return {} if viewer is None else await store.messages_by_id(session, viewer, keys)


@strawberry.type(description="A message in a conversation.")
class Message(Node):
    """What somebody wrote."""

    prefix = "msg"

    kind: MessageKind = strawberry.field(description="What it is.")
    body: str = strawberry.field(description="The text; empty once it is deleted.")
    created_at: datetime = strawberry.field(description="When it was sent.")
    edited_at: datetime | None = strawberry.field(description="When it was last changed.")
    deleted_at: datetime | None = strawberry.field(description="When it was deleted.")
    sender_key: strawberry.Private[UUID | None]
    conversation_key: strawberry.Private[UUID]
    reply_to_key: strawberry.Private[UUID | None]

    @strawberry.field(description="Who wrote it; null for the system and for deleted accounts.")
    async def sender(self, info: Info) -> User | None:
        """Edge to the user."""
        return await load_user(info, self.sender_key)

    @strawberry.field(description="The id of its conversation.")
    def conversation_id(self) -> strawberry.ID:
        """Global id."""
        return strawberry.ID(to_global(Conversation.prefix, self.conversation_key))

    @strawberry.field(description="The message that it answers.")
    async def reply_to(self, info: Info) -> "Message | None":
        """Edge to the original."""
        if self.reply_to_key is None:
            return None
        row = await info.context.load(messages_by_id, self.reply_to_key)
        return None if row is None else Message.of(row)

    @classmethod
    def of(cls, row: models.Message) -> Self:
        """From its row."""
        return cls(
            key=row.id,
            kind=row.kind,
            body="" if row.deleted_at else row.body,
            created_at=row.created_at,
            edited_at=row.edited_at,
            deleted_at=row.deleted_at,
            sender_key=row.sender_id,
            conversation_key=row.conversation_id,
            reply_to_key=row.reply_to_id,
        )


loads_nodes(Conversation, conversations_by_id, Conversation.of)
loads_nodes(Message, messages_by_id, Message.of)

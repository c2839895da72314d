"""SQL of messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts.store.sessions import rights_version
from app.core.db import ReadSession, WriteSession
from app.core.graph.read.pool import Readers
from app.core.graph.read.returning import RETURNED, Returning, Writes
from app.core.graph.read.statement import rendered, with_terms
from app.core.ids import lowest_id
from app.core.uow import in_one_statement
from app.core.viewer import Viewer
from app.messaging import policy
from app.messaging.events import CONVERSATION, MessageSent
from app.messaging.models import Message, MessageAttachment, MessageClientKey, MessageKind

MOST_ATTACHMENTS = 10

_SEND = f"""
    WITH here AS (
        SELECT EXISTS (
            SELECT FROM conversation_member JOIN conversation ON conversation.id = conversation_id
            WHERE conversation_id = $2 AND user_id = $1 AND left_at IS NULL AND closed_at IS NULL
        ) AND NOT EXISTS (
            SELECT FROM conversation JOIN conversation_member AS other
                ON other.conversation_id = conversation.id
            JOIN user_block ON (blocker_id, blocked_id)
                IN ((other.user_id, $1), ($1, other.user_id))
            WHERE conversation.id = $2 AND conversation.kind = 'DIRECT'
        ) AS found
        WHERE %(rights)s
    ), checked AS (
        SELECT found,
            $8::varchar IS NOT NULL AND EXISTS (
                SELECT FROM message_client_key WHERE sender_id = $1 AND client_id = $8
            ) AS known,
            $6::uuid IS NULL OR EXISTS (
                SELECT FROM message WHERE id = $6 AND conversation_id = $2
            ) AS answers,
            NOT EXISTS (
                SELECT FROM unnest($7::uuid[]) AS mentioned (id) WHERE NOT EXISTS (
                    SELECT FROM conversation_member
                    WHERE conversation_id = $2 AND user_id = mentioned.id AND left_at IS NULL
                )
            ) AS mentions,
            %(files)s AS files
        FROM here
    ), good AS (
        SELECT FROM checked WHERE found AND answers AND mentions AND files AND NOT known
    ), claimed AS (
        INSERT INTO message_client_key (message_id, sender_id, client_id)
        SELECT $3, $1, $8 FROM good WHERE $8 IS NOT NULL
        ON CONFLICT (sender_id, client_id) DO NOTHING
        RETURNING message_id
    ), told AS (
        SELECT publish_event(
            '{CONVERSATION}' || $2::text,
            '{MessageSent.kind}',
            jsonb_build_object('conversation_id', $2::uuid, 'message_id', $3::uuid)
        ) AS sequence
        FROM good WHERE $8 IS NULL OR EXISTS (SELECT FROM claimed)
    ), message AS (
        INSERT INTO message (id, created_at, conversation_id, sender_id, kind, body, reply_to_id,
            mentions, sequence)
        SELECT $3, now(), $2, $1, $4::messagekind, $5, $6, $7, sequence FROM told
        RETURNING *
    )%(attached)s
    SELECT found, answers, mentions, files, EXISTS (SELECT FROM message) AS sent{RETURNED}
    FROM checked
"""  # noqa: S608 - names of the program's own


def _rights(number: int) -> str:
    """Whether the writer's session, a parameter, has this version of its rights, the next one."""
    version = with_terms(rendered(select(rights_version()))[0], [f"${number}"])
    return f"({version}) = ${number + 1}"


_SEND_TEXT = _SEND % {"rights": _rights(9), "files": "true", "attached": ""}
# The files are held, so that of two messages at the same moment one gets them; whoever waited
# finds them claimed.
_SEND_FILES = _SEND % {
    "rights": _rights(10),
    "files": """(
                SELECT count(*) = cardinality($9::uuid[]) FROM (
                    SELECT FROM stored_file
                    WHERE id = ANY ($9) AND owner_id = $1 AND purpose = 'MESSAGE'
                        AND status = 'READY' AND claimed_at IS NULL
                    ORDER BY id FOR UPDATE
                ) AS held
            )""",
    "attached": """, claimed_files AS (
        UPDATE stored_file SET claimed_at = now()
        WHERE id = ANY ($9) AND EXISTS (SELECT FROM message)
    ), attached AS (
        INSERT INTO message_attachment (file_id, message_id, position)
        SELECT given.id, message.id, given.place - 1
        FROM message, unnest($9::uuid[]) WITH ORDINALITY AS given (id, place)
    )""",
}


WRITES = Writes(
    Message,
    "$3",
    frozenset(
        {
            "message_attachment",
            "message_client_key",
            "outbox",
            "stored_file",
            "stream",
            "stream_event",
        }
    ),
)


class MessageData(BaseModel):
    """A message to send."""

    conversation_id: UUID
    body: Annotated[str, StringConstraints(max_length=10_000)]
    kind: MessageKind = MessageKind.TEXT
    reply_to_id: UUID | None = None
    mentions: list[UUID] = Field(default_factory=list, max_length=50)
    # PostgreSQL's text has no U+0000.
    client_id: (
        Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]+$")] | None
    ) = None
    attachments: list[UUID] = Field(default_factory=list, max_length=MOST_ATTACHMENTS)


@dataclass(frozen=True)
class Sending:
    """What came of a message: `sent`, or what was wrong with it, or it had been sent before."""

    found: bool
    answers: bool
    mentions: bool
    files: bool
    sent: bool


async def send(
    readers: Readers, key: UUID, sender: Viewer, data: MessageData, returning: Returning | None
) -> Sending:
    """Write a message and tell it, unless something about it is wrong; all in one statement."""
    parameters: tuple[object, ...] = (
        sender.user_id,
        data.conversation_id,
        key,
        data.kind.name,
        data.body,
        data.reply_to_id,
        data.mentions,
        data.client_id,
    )
    statement = _SEND_TEXT
    if data.attachments:
        statement, parameters = _SEND_FILES, (*parameters, data.attachments)
    return Sending(*await in_one_statement(readers, sender, statement, parameters, returning))


async def message_by_client_id(
    session: ReadSession, sender_id: UUID, client_id: str
) -> UUID | None:
    """The message that a client's name stands for."""
    return await session.first(
        select(MessageClientKey.message_id).where(
            MessageClientKey.sender_id == sender_id, MessageClientKey.client_id == client_id
        )
    )


async def forget_client_keys(session: WriteSession, before: datetime, most: int) -> int:
    """Delete so many of the names that clients gave messages before a time; how many there were."""
    old = (
        select(MessageClientKey.message_id)
        .where(col(MessageClientKey.message_id) < lowest_id(before))
        .order_by(col(MessageClientKey.message_id))
        .limit(most)
    )
    return await session.changed(
        delete(MessageClientKey).where(col(MessageClientKey.message_id).in_(old))
    )


async def hold(session: WriteSession, viewer: Viewer, key: UUID) -> Message | None:
    """A message that the viewer sees, held until the end of the transaction."""
    return await session.first(
        select(Message)
        .where(col(Message.id) == key, policy.visible_messages(viewer))
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    )


async def has_files(session: ReadSession, key: UUID) -> bool:
    """Whether files are attached to a message."""
    attached = select(MessageAttachment.file_id).where(MessageAttachment.message_id == key)
    return await session.first(attached) is not None

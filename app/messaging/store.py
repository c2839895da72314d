"""All SQL of messaging."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts.store.sessions import rights_version
from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.graph.read.pool import Readers
from app.core.graph.read.statement import rendered, with_terms
from app.core.uow import in_one_statement
from app.core.viewer import Viewer
from app.messaging import policy
from app.messaging.events import CONVERSATION, MessageSent
from app.messaging.models import (
    ConversationMember,
    MessageClientKey,
    MessageKind,
)


async def join(session: WriteSession, conversation_id: UUID, user_id: UUID) -> bool:
    """Let somebody in; False if they are in already."""
    statement = insert(ConversationMember).values(
        conversation_id=conversation_id, user_id=user_id, joined_at=now()
    )
    done = await session.changed(
        statement.on_conflict_do_update(
            index_elements=["conversation_id", "user_id"],
            set_={"left_at": None, "joined_at": now()},
            where=col(ConversationMember.left_at).is_not(None),
        )
    )
    return bool(done)


async def leave(session: WriteSession, conversation_id: UUID, user_id: UUID) -> bool:
    """Note that somebody left; False if they weren't in."""
    done = await session.changed(
        update(ConversationMember)
        .where(
            col(ConversationMember.conversation_id) == conversation_id,
            col(ConversationMember.user_id) == user_id,
            col(ConversationMember.left_at).is_(None),
        )
        .values(left_at=now())
    )
    return bool(done)


async def hears(session: ReadSession, viewer: Viewer, conversation_id: UUID) -> bool:
    """Whether the viewer is in a conversation."""
    return await session.value(select(policy.hears(viewer, conversation_id)))


# The version of the rights of the session that writes.
_RIGHTS = with_terms(rendered(select(rights_version()))[0], ["$9"])
_SEND = f"""
    WITH here AS (
        SELECT EXISTS (
            SELECT FROM conversation_member
            WHERE conversation_id = $2 AND user_id = $1 AND left_at IS NULL
        ) AND NOT EXISTS (
            SELECT FROM conversation JOIN conversation_member AS other
                ON other.conversation_id = conversation.id
            JOIN user_block ON (blocker_id, blocked_id)
                IN ((other.user_id, $1), ($1, other.user_id))
            WHERE conversation.id = $2 AND conversation.kind = 'DIRECT'
        ) AS found
        WHERE ({_RIGHTS}) = $10
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
            ) AS mentions
        FROM here
    ), good AS (
        SELECT FROM checked WHERE found AND answers AND mentions AND NOT known
    ), claimed AS (
        INSERT INTO message_client_key (message_id, sender_id, client_id)
        SELECT $3, $1, $8 FROM good WHERE $8 IS NOT NULL
        ON CONFLICT (sender_id, client_id) DO NOTHING
        RETURNING message_id
    ), sent AS (
        INSERT INTO message
            (id, created_at, conversation_id, sender_id, kind, body, reply_to_id, mentions)
        SELECT $3, now(), $2, $1, $4::messagekind, $5, $6, $7
        FROM good WHERE $8 IS NULL OR EXISTS (SELECT FROM claimed)
        RETURNING id
    ), told AS (
        SELECT publish_event(
            '{CONVERSATION}' || $2::text,
            '{MessageSent.kind}',
            jsonb_build_object('conversation_id', $2::uuid, 'message_id', $3::uuid)
        ) FROM sent
    )
    SELECT found, answers, mentions, (SELECT count(*) FROM told) = 1 AS sent FROM checked
"""  # noqa: S608 - names of the program's own


class MessageData(BaseModel):
    """A message to send."""

    conversation_id: UUID
    body: Annotated[str, StringConstraints(max_length=10_000)]
    kind: MessageKind = MessageKind.TEXT
    reply_to_id: UUID | None = None
    mentions: list[UUID] = Field(default_factory=list, max_length=50)
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None


@dataclass(frozen=True)
class Sending:
    """What came of a message: `sent`, or what was wrong with it, or it had been sent before."""

    found: bool
    answers: bool
    mentions: bool
    sent: bool


async def send(readers: Readers, key: UUID, sender: Viewer, data: MessageData) -> Sending:
    """Write a message and tell it, unless something about it is wrong; all in one statement."""
    parameters = (
        sender.user_id,
        data.conversation_id,
        key,
        data.kind.name,
        data.body,
        data.reply_to_id,
        data.mentions,
        data.client_id,
    )
    return Sending(*await in_one_statement(readers, sender, _SEND, parameters))


async def message_by_client_id(
    session: ReadSession, sender_id: UUID, client_id: str
) -> UUID | None:
    """The message that a client's name stands for."""
    return await session.first(
        select(MessageClientKey.message_id).where(
            MessageClientKey.sender_id == sender_id, MessageClientKey.client_id == client_id
        )
    )

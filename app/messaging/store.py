"""All SQL of messaging."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.messaging.models import (
    Conversation,
    ConversationMember,
    Message,
    MessageClientKey,
)
from app.messaging.policy import visible, visible_messages


async def conversation(session: ReadSession, viewer: Viewer, key: UUID) -> Conversation | None:
    """A conversation that the viewer is in."""
    return await session.first(select(Conversation).where(Conversation.id == key, visible(viewer)))


async def message(session: ReadSession, viewer: Viewer, key: UUID) -> Message | None:
    """A message that the viewer may read."""
    return await session.first(select(Message).where(Message.id == key, visible_messages(viewer)))


async def member_ids(session: ReadSession, conversation_id: UUID) -> set[UUID]:
    """Who is in a conversation."""
    return set(
        await session.all(
            select(ConversationMember.user_id).where(
                ConversationMember.conversation_id == conversation_id,
                col(ConversationMember.left_at).is_(None),
            )
        )
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


async def claim_client_id(
    session: WriteSession, sender_id: UUID, client_id: str, message_id: UUID
) -> UUID:
    """The message that a client's name stands for: this one, or the one sent before."""
    statement = insert(MessageClientKey).values(
        message_id=message_id, sender_id=sender_id, client_id=client_id
    )
    done = await session.changed(statement.on_conflict_do_nothing())
    if done:
        return message_id
    return await session.value(
        select(MessageClientKey.message_id).where(
            MessageClientKey.sender_id == sender_id, MessageClientKey.client_id == client_id
        )
    )

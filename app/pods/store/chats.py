"""Statements about the conversations of pods that are gone."""

from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from app.core.db import WriteSession
from app.messaging.models import Conversation, Message, MessageClientKey


async def erase_some(session: WriteSession, key: UUID, most: int) -> int:
    """Delete so many messages of a conversation for good; how many there were."""
    keys = await session.all(
        select(Message.id)
        .where(Message.conversation_id == key)
        .order_by(col(Message.id))
        .limit(most)
    )
    named = delete(MessageClientKey).where(col(MessageClientKey.message_id).in_(keys))
    await session.execute(named)
    return await session.changed(
        delete(Message).where(col(Message.id).in_(keys), col(Message.conversation_id) == key)
    )


async def erase(session: WriteSession, key: UUID) -> None:
    """Delete a conversation that has no messages left."""
    await session.execute(delete(Conversation).where(col(Conversation.id) == key))

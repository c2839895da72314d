"""SQL of reactions to messages."""

from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.messaging.models import MessageReaction


async def others(session: ReadSession, message_id: UUID, emoji: str) -> int:
    """How many other emoji a message has."""
    return await session.value(
        select(func.count(func.distinct(MessageReaction.emoji))).where(
            MessageReaction.message_id == message_id, MessageReaction.emoji != emoji
        )
    )


async def add(session: WriteSession, message_id: UUID, user_id: UUID, emoji: str) -> bool:
    """A reaction; False if it is there."""
    reaction = MessageReaction(message_id=message_id, user_id=user_id, emoji=emoji)
    done = await session.changed(
        insert(MessageReaction).values(reaction.model_dump()).on_conflict_do_nothing()
    )
    return bool(done)


async def remove(session: WriteSession, message_id: UUID, user_id: UUID, emoji: str) -> bool:
    """Take a reaction back; False if there is none."""
    done = await session.changed(
        delete(MessageReaction).where(
            col(MessageReaction.message_id) == message_id,
            col(MessageReaction.user_id) == user_id,
            col(MessageReaction.emoji) == emoji,
        )
    )
    return bool(done)

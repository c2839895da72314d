"""SQL of conversations and of who is in them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, func, literal, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts.models import User
from app.accounts.policy import blocked
from app.accounts.policy import visible as visible_user
from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.core.outbox import Stream
from app.core.viewer import Viewer
from app.messaging import policy
from app.messaging.events import conversation_stream
from app.messaging.models import (
    Conversation,
    ConversationKind,
    ConversationMember,
    DirectConversation,
    Message,
)

# A key is given before its message is committed, by a clock that may be another one's: no
# statement takes longer than half of this, and no clock is further off.
_SLACK = timedelta(minutes=1)


def _floor(key: UUID) -> UUID:
    """The lowest key that may be committed after this one: its first 48 bits are milliseconds."""
    return UUID(int=max(0, key.int - (int(_SLACK.total_seconds() * 1000) << 80)))


async def join(session: WriteSession, conversation_id: UUID, user_id: UUID) -> bool:
    """Let somebody in, who has read what was there before; False if they are in already."""
    last = select(Stream.last).where(Stream.name == conversation_stream(conversation_id))
    fresh: dict[str, Any] = {
        "joined_at": now(),
        "read_sequence": func.coalesce(last.scalar_subquery(), literal(0, BigInteger())),
        "read_floor": _floor(new_id()),
        "read_message_id": None,
        "read_at": None,
    }
    statement = insert(ConversationMember).values(
        conversation_id=conversation_id, user_id=user_id, **fresh
    )
    done = await session.changed(
        statement.on_conflict_do_update(
            index_elements=["conversation_id", "user_id"],
            set_={"left_at": None, "removed": False, **fresh},
            where=col(ConversationMember.left_at).is_not(None),
        )
    )
    return bool(done)


async def leave(
    session: WriteSession, conversation_id: UUID, user_id: UUID, *, removed: bool = False
) -> bool:
    """Note that somebody left, or was removed; False if they weren't in."""
    done = await session.changed(
        update(ConversationMember)
        .where(
            col(ConversationMember.conversation_id) == conversation_id,
            col(ConversationMember.user_id) == user_id,
            col(ConversationMember.left_at).is_(None),
        )
        .values(left_at=now(), removed=removed)
    )
    return bool(done)


async def leave_all(session: WriteSession, conversation_id: UUID) -> Sequence[UUID]:
    """Note that everybody has left a conversation; says who was in it."""
    gone = (
        update(ConversationMember)
        .where(
            col(ConversationMember.conversation_id) == conversation_id,
            col(ConversationMember.left_at).is_(None),
        )
        .values(left_at=now())
        .returning(col(ConversationMember.user_id))
    )
    return (await session.execute(gone)).scalars().all()


async def hears(session: ReadSession, viewer: Viewer, conversation_id: UUID) -> bool:
    """Whether the viewer is in a conversation."""
    return await session.value(select(policy.hears(viewer, conversation_id)))


async def writes(session: ReadSession, viewer: Viewer, conversation_id: UUID) -> bool:
    """Whether the viewer may write in a conversation."""
    return await session.value(select(policy.writes(viewer, conversation_id)))


async def members(session: ReadSession, conversation_id: UUID) -> Sequence[UUID]:
    """Who is in a conversation."""
    return await session.all(
        select(ConversationMember.user_id).where(
            ConversationMember.conversation_id == conversation_id,
            col(ConversationMember.left_at).is_(None),
        )
    )


async def member(
    session: ReadSession, conversation_id: UUID, user_id: UUID
) -> ConversationMember | None:
    """Somebody who is in a conversation, or was."""
    return await session.get(ConversationMember, (conversation_id, user_id))


async def count(session: ReadSession, conversation_id: UUID) -> int:
    """How many are in a conversation."""
    return await session.value(
        select(func.count())
        .select_from(ConversationMember)
        .where(
            col(ConversationMember.conversation_id) == conversation_id,
            col(ConversationMember.left_at).is_(None),
        )
    )


async def mark_active(session: WriteSession, conversation_id: UUID, message_id: UUID) -> None:
    """Note when something was last written; an earlier message changes nothing."""
    written = select(Message.created_at).where(Message.id == message_id).scalar_subquery()
    await session.execute(
        update(Conversation)
        .where(col(Conversation.id) == conversation_id, col(Conversation.active_at) < written)
        .values(active_at=written)
    )


async def close(session: WriteSession, conversation_id: UUID) -> None:
    """Nothing is written there any more."""
    await session.execute(
        update(Conversation)
        .where(col(Conversation.id) == conversation_id, col(Conversation.closed_at).is_(None))
        .values(closed_at=now())
    )


async def retitle(session: WriteSession, conversation_id: UUID, title: str) -> None:
    """Call a conversation another name."""
    await session.execute(
        update(Conversation).where(col(Conversation.id) == conversation_id).values(title=title)
    )


async def read_up_to(
    session: WriteSession, viewer: Viewer, conversation_id: UUID, message_id: UUID
) -> bool | None:
    """Note that the viewer has read a message and all before it.

    True if that is further than before, False if not; None if they aren't in the conversation,
    or the message isn't.
    """
    own = (
        col(ConversationMember.conversation_id) == conversation_id,
        col(ConversationMember.user_id) == viewer.user_id,
        col(ConversationMember.left_at).is_(None),
    )
    sequence = await session.first(
        select(Message.sequence)
        .join(
            ConversationMember,
            col(ConversationMember.conversation_id) == Message.conversation_id,
        )
        .where(Message.id == message_id, Message.conversation_id == conversation_id, *own)
    )
    if sequence is None:
        return None
    done = await session.changed(
        update(ConversationMember)
        .where(*own, col(ConversationMember.read_sequence) < sequence)
        .values(
            read_sequence=sequence,
            read_floor=_floor(message_id),
            read_message_id=message_id,
            read_at=now(),
        )
    )
    return bool(done)


async def shows_position(session: ReadSession, conversation_id: UUID, user_id: UUID) -> bool:
    """Whether somebody shows the others how far they have read."""
    found = await session.first(
        select(ConversationMember.user_id).where(
            ConversationMember.conversation_id == conversation_id,
            ConversationMember.user_id == user_id,
            policy.shows_position(),
        )
    )
    return found is not None


async def can_be_met(session: ReadSession, viewer: Viewer, user_id: UUID) -> bool:
    """Whether the viewer sees a user and no block is between the two."""
    found = await session.first(
        select(User.id).where(User.id == user_id, visible_user(viewer), ~blocked(viewer, user_id))
    )
    return found is not None


async def direct(session: ReadSession, pair: tuple[UUID, UUID]) -> UUID | None:
    """The conversation of two people."""
    return await session.first(
        select(DirectConversation.conversation_id).where(
            DirectConversation.lower_id == pair[0], DirectConversation.upper_id == pair[1]
        )
    )


async def open_direct(session: WriteSession, pair: tuple[UUID, UUID]) -> tuple[UUID, bool]:
    """The same, made if there is none, and whether it was: of several at once one is."""
    conversation = Conversation(kind=ConversationKind.DIRECT)
    session.add(conversation)
    made = await session.changed(
        insert(DirectConversation)
        .values(conversation_id=conversation.id, lower_id=pair[0], upper_id=pair[1])
        .on_conflict_do_nothing(index_elements=["lower_id", "upper_id"])
    )
    if made:
        return conversation.id, True
    await session.delete(conversation)
    await session.flush()
    known = await direct(session, pair)
    assert known is not None
    return known, False

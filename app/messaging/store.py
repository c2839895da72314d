"""All SQL of messaging."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.pagination import Keyset, Page, PageArguments
from app.core.viewer import Viewer
from app.messaging.models import (
    Conversation,
    ConversationMember,
    Message,
    MessageClientKey,
)
from app.messaging.policy import visible, visible_messages

_BY_TIME = Keyset("messages", Message, ascending=True)


async def conversation(session: ReadSession, viewer: Viewer, key: UUID) -> Conversation | None:
    """A conversation that the viewer is in."""
    return await session.first(select(Conversation).where(Conversation.id == key, visible(viewer)))


async def conversations_by_id(
    session: ReadSession, viewer: Viewer, keys: Sequence[UUID]
) -> dict[UUID, Conversation]:
    """Conversations that the viewer is in, by key."""
    rows = await session.all(
        select(Conversation).where(col(Conversation.id).in_(keys), visible(viewer))
    )
    return {row.id: row for row in rows}


async def messages_by_id(
    session: ReadSession, viewer: Viewer, keys: Sequence[UUID]
) -> dict[UUID, Message]:
    """Messages that the viewer may read, by key."""
    rows = await session.all(
        select(Message).where(col(Message.id).in_(keys), visible_messages(viewer))
    )
    return {row.id: row for row in rows}


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


def _of(conversation_id: UUID, search: str | None) -> SelectOfScalar[Message]:
    statement = select(Message).where(
        Message.conversation_id == conversation_id, col(Message.deleted_at).is_(None)
    )
    if search:
        statement = statement.where(
            col(Message.search).op("@@")(func.websearch_to_tsquery("simple", search))
        )
    return statement


async def messages(
    session: ReadSession, conversation_id: UUID, arguments: PageArguments, search: str | None
) -> Page[Message]:
    """A page of a conversation, oldest first."""
    return await _BY_TIME.page(session, _of(conversation_id, search), arguments)


async def messages_around(
    session: ReadSession, conversation_id: UUID, message: Message, size: int
) -> Page[Message]:
    """A page with a message in its middle."""
    cursor = _BY_TIME.cursor(message)
    statement = _of(conversation_id, None)
    # One at least is read on each side, even if none is shown: it tells whether there is more.
    count_before, count_after = size // 2, size - size // 2 - 1
    before = await _BY_TIME.page(
        session, statement, PageArguments(last=max(1, count_before), before=cursor)
    )
    after = await _BY_TIME.page(
        session, statement, PageArguments(first=max(1, count_after), after=cursor)
    )
    start = len(before.items) - min(count_before, len(before.items))
    return Page(
        items=[*before.items[start:], message, *after.items[:count_after]],
        cursors=[*before.cursors[start:], cursor, *after.cursors[:count_after]],
        has_next=after.has_next or len(after.items) > count_after,
        has_previous=before.has_previous or start > 0,
        count=after.count,
    )

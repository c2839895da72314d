"""Conversations: opened, entered, left and read."""

from uuid import UUID

from app.core.errors import NotFound
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.messaging.errors import DirectWithOneself
from app.messaging.events import (
    ConversationRead,
    InboxChanged,
    MemberJoined,
    MemberLeft,
    conversation_stream,
)
from app.messaging.models import Conversation, ConversationKind
from app.messaging.store import members as store


async def open_conversation(uow: UnitOfWork, kind: ConversationKind, title: str) -> Conversation:
    """A new conversation without anybody in it."""
    conversation = Conversation(kind=kind, title=title)
    uow.session.add(conversation)
    await uow.session.flush()
    return conversation


async def open_direct(uow: UnitOfWork, viewer: Viewer, user_id: UUID) -> UUID:
    """The conversation of the viewer and another user: one for each pair, made if there is none.

    `DirectWithOneself`, or `NotFound` of somebody who can't be seen or is blocked either way.
    """
    field = ("input", "userId")
    if user_id == viewer.user_id:
        raise DirectWithOneself(field=field)
    if not await store.can_be_met(uow.session, viewer, user_id):
        raise NotFound(field=field)
    # The pair's one key: the lower of the two comes first.
    lower, upper = sorted((viewer.user_id, user_id))
    known = await store.direct(uow.session, (lower, upper))
    if known is not None:
        return known
    key, made = await store.open_direct(uow.session, (lower, upper))
    if made:
        for each in (lower, upper):
            await admit(uow, key, each)
    return key


async def admit(uow: UnitOfWork, conversation_id: UUID, user_id: UUID) -> None:
    """Let somebody into a conversation; again is no change."""
    if await store.join(uow.session, conversation_id, user_id):
        uow.publish(MemberJoined(conversation_id=conversation_id, user_id=user_id))


async def dismiss(
    uow: UnitOfWork, conversation_id: UUID, user_id: UUID, *, removed: bool = False
) -> bool:
    """Take somebody out of a conversation; False if they weren't in."""
    left = await store.leave(uow.session, conversation_id, user_id, removed=removed)
    if left:
        uow.publish(MemberLeft(conversation_id=conversation_id, user_id=user_id))
    return left


async def end(uow: UnitOfWork, conversation_id: UUID) -> None:
    """Close a conversation, and take everybody out of it."""
    await store.close(uow.session, conversation_id)
    for user_id in await store.leave_all(uow.session, conversation_id):
        uow.publish(MemberLeft(conversation_id=conversation_id, user_id=user_id))


async def mark_read(
    uow: UnitOfWork, viewer: Viewer, conversation_id: UUID, message_id: UUID
) -> None:
    """The viewer has read a message and all before it. A position never goes back.

    `NotFound` if the viewer isn't in the conversation, or the message isn't.
    """
    moved = await store.read_up_to(uow.session, viewer, conversation_id, message_id)
    if moved is None:
        raise NotFound(field=("input", "messageId"))
    if not moved:
        return
    # What else they have open shows it at once.
    uow.publish(InboxChanged(user_id=viewer.user_id, conversation_id=conversation_id))
    if await store.shows_position(uow.session, conversation_id, viewer.user_id):
        uow.publish(ConversationRead(conversation_id=conversation_id, user_id=viewer.user_id))


async def set_typing(
    resources: Resources, viewer: Viewer, conversation_id: UUID, *, typing: bool
) -> None:
    """Tell a conversation that the viewer types there, for some seconds, or no longer does."""
    async with resources.database.read() as session:
        if not await store.writes(session, viewer, conversation_id):
            raise NotFound(field=("input", "conversationId"))
    tell = resources.presence.typing if typing else resources.presence.stop_typing
    tell(conversation_stream(conversation_id), viewer.key)

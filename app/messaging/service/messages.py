"""Messages: sent, edited, deleted, and reacted to."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from app.core.clock import now
from app.core.errors import NotFound
from app.core.graph.read.returning import Returning
from app.core.ids import new_id
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.messaging import events, moderation, policy
from app.messaging.emoji import emoji as emoji_of
from app.messaging.errors import (
    EmptyMessage,
    MessageDeleted,
    NoEmoji,
    NotAMember,
    NotTheAuthor,
    TooManyReactions,
)
from app.messaging.models import Message, MessageKind, MessageRevision
from app.messaging.store import members, reactions
from app.messaging.store import messages as store
from app.messaging.store.messages import MessageData, Sending
from app.vault.errors import FileNotReady

MOST_EMOJI = 20
# How long a message that a client sends again under its name for it stays the first one.
SENT_AGAIN = timedelta(days=30)
_AT_A_TIME = 1000
_BODY = ("input", "body")
_ID = ("input", "messageId")


class MessageChanges(BaseModel):
    """How a message is to read."""

    body: Annotated[str, StringConstraints(max_length=10_000)]


async def send(
    resources: Resources, viewer: Viewer, data: MessageData, returning: Returning | None = None
) -> UUID:
    """Write a message; one that the client sends again is the first one. Says its key."""
    if data.kind is MessageKind.SYSTEM:
        raise EmptyMessage("Only the system writes system messages.", field=("input", "kind"))
    if data.kind is MessageKind.FILE and not data.attachments:
        raise EmptyMessage("A file has to be attached.", field=("input", "attachments"))
    if not data.body.strip() and not data.attachments:
        raise EmptyMessage(field=_BODY)
    moderation.check(data.body)
    key = new_id()
    done = await store.send(resources.readers, key, viewer, data, returning)
    if done.sent:
        return key
    if not done.found:
        raise NotFound(field=("input", "conversationId"))
    earlier = await _earlier(resources, viewer, data.client_id)
    if earlier is not None:
        return earlier
    raise _why_not(done)


def _why_not(done: Sending) -> NotFound | NotAMember | FileNotReady:
    if not done.answers:
        return NotFound(field=("input", "replyToId"))
    if not done.mentions:
        return NotAMember(field=("input", "mentions"))
    return FileNotReady(
        "A file is the sender's, was uploaded for messages, is ready, and is attached once.",
        field=("input", "attachments"),
    )


async def edit(uow: UnitOfWork, viewer: Viewer, key: UUID, data: MessageChanges) -> None:
    """Let a message of the viewer's read another way; what it read before, moderators see."""
    message = await _held(uow, viewer, key)
    if message.sender_id != viewer.user_id:
        raise NotTheAuthor(field=_ID)
    await _check_open(uow, viewer, message)
    if not data.body.strip() and not await store.has_files(uow.session, key):
        raise EmptyMessage(field=_BODY)
    moderation.check(data.body)
    if data.body == message.body:
        return
    _keep(uow, message)
    message.body, message.edited_at = data.body, now()
    uow.publish(
        events.MessageEdited(conversation_id=message.conversation_id, message_id=message.id)
    )


async def delete(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Delete a message of the viewer's, or, for a moderator, anybody's. Again is no change."""
    message = await store.hold(uow.session, viewer, key)
    if message is None:
        raise NotFound(field=_ID)
    own = message.sender_id == viewer.user_id
    if not own and not policy.can_moderate(viewer):
        raise NotTheAuthor(field=_ID)
    if message.deleted_at is not None:
        return
    _keep(uow, message)
    message.body, message.deleted_at = "", now()
    uow.publish(
        events.MessageDeleted(conversation_id=message.conversation_id, message_id=message.id)
    )
    if not own:
        about = {"conversation": str(message.conversation_id), "sender": str(message.sender_id)}
        uow.audit("message.delete", viewer.user_id, ("message", message.id), before=about)


async def react(uow: UnitOfWork, viewer: Viewer, key: UUID, given: str) -> None:
    """Put an emoji to a message; again is no change."""
    emoji = _emoji(given)
    message = await _held(uow, viewer, key)
    await _check_open(uow, viewer, message)
    if await reactions.others(uow.session, key, emoji) >= MOST_EMOJI:
        raise TooManyReactions(field=("input", "emoji"))
    if await reactions.add(uow.session, key, viewer.user_id, emoji):
        _tell_reaction(uow, viewer, message, emoji, added=True)


async def unreact(uow: UnitOfWork, viewer: Viewer, key: UUID, given: str) -> None:
    """Take an emoji back; without it nothing changes."""
    emoji = _emoji(given)
    message = await _held(uow, viewer, key)
    if not await members.hears(uow.session, viewer, message.conversation_id):
        raise NotFound(field=_ID)
    if await reactions.remove(uow.session, key, viewer.user_id, emoji):
        _tell_reaction(uow, viewer, message, emoji, added=False)


async def forget_client_keys(resources: Resources) -> None:
    """Forget what clients called messages that are older than they may be sent again."""
    found = _AT_A_TIME
    while found == _AT_A_TIME:
        async with resources.begin() as uow:
            found = await store.forget_client_keys(uow.session, now() - SENT_AGAIN, _AT_A_TIME)


def _tell_reaction(
    uow: UnitOfWork, viewer: Viewer, message: Message, emoji: str, *, added: bool
) -> None:
    uow.publish(
        events.MessageReacted(
            conversation_id=message.conversation_id,
            message_id=message.id,
            user_id=viewer.user_id,
            emoji=emoji,
            added=added,
        )
    )


def _emoji(given: str) -> str:
    found = emoji_of(given)
    if found is None:
        raise NoEmoji(field=("input", "emoji"))
    return found


async def _held(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Message:
    """A message that the viewer sees and nobody has deleted, held."""
    message = await store.hold(uow.session, viewer, key)
    if message is None:
        raise NotFound(field=_ID)
    if message.deleted_at is not None:
        raise MessageDeleted(field=_ID)
    return message


async def _check_open(uow: UnitOfWork, viewer: Viewer, message: Message) -> None:
    if not await members.writes(uow.session, viewer, message.conversation_id):
        raise NotFound(field=_ID)


def _keep(uow: UnitOfWork, message: Message) -> None:
    """Keep what a message reads now, for moderators."""
    if message.sender_id is not None:
        uow.session.add(
            MessageRevision(message_id=message.id, author_id=message.sender_id, body=message.body)
        )


async def _earlier(resources: Resources, viewer: Viewer, client_id: str | None) -> UUID | None:
    """The message that this client sent before under this name."""
    if client_id is None:
        return None
    async with resources.database.read() as session:
        return await store.message_by_client_id(session, viewer.user_id, client_id)

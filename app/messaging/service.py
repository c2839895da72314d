"""The use-cases of messaging."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.core.db import ReadSession
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.messaging import store
from app.messaging.errors import EmptyMessage, NotAMember
from app.messaging.events import MemberJoined, MemberLeft, MessageSent
from app.messaging.models import Conversation, ConversationKind, Message, MessageKind


class MessageData(BaseModel):
    """A message to send."""

    conversation_id: UUID
    body: Annotated[str, StringConstraints(max_length=10_000)]
    kind: MessageKind = MessageKind.TEXT
    reply_to_id: UUID | None = None
    mentions: list[UUID] = Field(default_factory=list, max_length=50)
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None


async def open_conversation(uow: UnitOfWork, kind: ConversationKind, title: str) -> Conversation:
    """A new conversation without anybody in it."""
    conversation = Conversation(kind=kind, title=title)
    uow.session.add(conversation)
    await uow.session.flush()
    return conversation


async def admit(uow: UnitOfWork, conversation_id: UUID, user_id: UUID) -> None:
    """Let somebody into a conversation; again is no change."""
    if await store.join(uow.session, conversation_id, user_id):
        uow.publish(MemberJoined(conversation_id=conversation_id, user_id=user_id))


async def dismiss(uow: UnitOfWork, conversation_id: UUID, user_id: UUID) -> None:
    """Take somebody out of a conversation."""
    if await store.leave(uow.session, conversation_id, user_id):
        uow.publish(MemberLeft(conversation_id=conversation_id, user_id=user_id))


async def access_conversation(session: ReadSession, viewer: Viewer, key: UUID) -> Conversation:
    """The conversation, if the viewer is in it; `NotFound` otherwise."""
    conversation = await store.conversation(session, viewer, key)
    if conversation is None:
        raise NotFound
    return conversation


async def send(uow: UnitOfWork, viewer: Viewer, data: MessageData) -> Message:
    """Write a message; one that the client sends again is the first one."""
    await access_conversation(uow.session, viewer, data.conversation_id)
    if not data.body.strip():
        raise EmptyMessage(field=("input", "body"))
    if data.kind is MessageKind.SYSTEM:
        raise EmptyMessage("Only the system writes system messages.", field=("input", "kind"))
    message_id = new_id()
    if data.client_id is not None:
        known = await store.claim_client_id(uow.session, viewer.user_id, data.client_id, message_id)
        if known != message_id:
            return await _earlier(uow, viewer, known)
    await _check_references(uow, viewer, data)
    message = Message(
        id=message_id, sender_id=viewer.user_id, **data.model_dump(exclude={"client_id"})
    )
    uow.session.add(message)
    uow.publish(MessageSent(conversation_id=data.conversation_id, message_id=message_id))
    return message


async def _earlier(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Message:
    message = await store.message(uow.session, viewer, key)
    if message is None:
        raise NotFound
    return message


async def _check_references(uow: UnitOfWork, viewer: Viewer, data: MessageData) -> None:
    if data.reply_to_id is not None:
        original = await store.message(uow.session, viewer, data.reply_to_id)
        if original is None or original.conversation_id != data.conversation_id:
            raise NotFound(field=("input", "replyToId"))
    if data.mentions:
        members = await store.member_ids(uow.session, data.conversation_id)
        if not members.issuperset(data.mentions):
            raise NotAMember(field=("input", "mentions"))

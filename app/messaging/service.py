"""The use-cases of messaging."""

from uuid import UUID

from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.messaging import store
from app.messaging.errors import EmptyMessage, NotAMember
from app.messaging.events import MemberJoined, MemberLeft, conversation_stream
from app.messaging.models import Conversation, ConversationKind, MessageKind
from app.messaging.store import MessageData


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


async def send(resources: Resources, viewer: Viewer, data: MessageData) -> UUID:
    """Write a message; one that the client sends again is the first one. Says its key."""
    if not data.body.strip():
        raise EmptyMessage(field=("input", "body"))
    if data.kind is MessageKind.SYSTEM:
        raise EmptyMessage("Only the system writes system messages.", field=("input", "kind"))
    key = new_id()
    done = await store.send(resources.readers, key, viewer, data)
    if done.sent:
        return key
    if not done.found:
        raise NotFound
    earlier = await _earlier(resources, viewer, data.client_id)
    if earlier is not None:
        return earlier
    if not done.answers:
        raise NotFound(field=("input", "replyToId"))
    raise NotAMember(field=("input", "mentions"))


async def set_typing(
    resources: Resources, viewer: Viewer, conversation_id: UUID, *, typing: bool
) -> None:
    """Tell a conversation that the viewer types there, for some seconds, or no longer does."""
    async with resources.database.read() as session:
        if not await store.hears(session, viewer, conversation_id):
            raise NotFound(field=("input", "conversationId"))
    tell = resources.presence.typing if typing else resources.presence.stop_typing
    tell(conversation_stream(conversation_id), viewer.key)


async def _earlier(resources: Resources, viewer: Viewer, client_id: str | None) -> UUID | None:
    """The message that this client sent before under this name."""
    if client_id is None:
        return None
    async with resources.database.read() as session:
        return await store.message_by_client_id(session, viewer.user_id, client_id)

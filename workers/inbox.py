"""What follows from what happens in conversations: who has them in the inbox is told.

For a room of a thousand, a message would cost a thousand numbered events if each member's inbox
were kept. So nothing of it is: one statement reads who is in the conversation, and one round trip
to Redis tells each of them, to whoever listens. What counts, the read positions and the messages,
is in the database, and read from there.
"""

from collections.abc import Iterable
from uuid import UUID

from app.core.events import Envelope
from app.core.resources import Resources
from app.messaging.events import (
    InboxChanged,
    InboxLeft,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageSent,
)
from app.messaging.store import members as store
from workers.following import follow

_NAME = "inbox"


async def _tell(resources: Resources, told: Iterable[InboxChanged | InboxLeft]) -> None:
    """Publish all of them in one round trip."""
    async with resources.redis.pipeline(transaction=False) as pipeline:
        for each in told:
            pipeline.publish(each.stream, Envelope.of(each).model_dump_json())
        await pipeline.execute()


async def _tell_members(resources: Resources, conversation_id: UUID) -> None:
    async with resources.database.read() as session:
        members = await store.members(session, conversation_id)
    await _tell(
        resources,
        [InboxChanged(user_id=each, conversation_id=conversation_id) for each in members],
    )


async def _sent(resources: Resources, event: MessageSent, _: str) -> None:
    async with resources.begin() as uow:
        await store.mark_active(uow.session, event.conversation_id, event.message_id)
    await _tell_members(resources, event.conversation_id)


async def _deleted(resources: Resources, event: MessageDeleted, _: str) -> None:
    await _tell_members(resources, event.conversation_id)


async def _joined(resources: Resources, event: MemberJoined, _: str) -> None:
    changed = InboxChanged(user_id=event.user_id, conversation_id=event.conversation_id)
    await _tell(resources, [changed])


async def _left(resources: Resources, event: MemberLeft, _: str) -> None:
    """Unless they came back since."""
    async with resources.database.read() as session:
        member = await store.member(session, event.conversation_id, event.user_id)
    if member is not None and member.left_at is not None:
        left = InboxLeft(user_id=event.user_id, conversation_id=event.conversation_id)
        await _tell(resources, [left])


follow(MessageSent, _NAME, _sent)
follow(MessageDeleted, _NAME, _deleted)
follow(MemberJoined, _NAME, _joined)
follow(MemberLeft, _NAME, _left)

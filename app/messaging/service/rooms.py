"""Rooms: made, changed, archived, entered and left."""

import hmac
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.core.addresses import PublicAddress
from app.core.clock import now
from app.core.crypto import new_token
from app.core.errors import NotFound
from app.core.text import line, text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.messaging import policy
from app.messaging.errors import (
    NotTheOwner,
    OwnerStays,
    RemovedFromRoom,
    RoomArchived,
    RoomFull,
)
from app.messaging.events import RoomChanged
from app.messaging.models import ConversationKind, Room, RoomType
from app.messaging.models.rooms import MOST_PARTICIPANTS
from app.messaging.service.conversations import admit, dismiss, open_conversation
from app.messaging.store import members
from app.messaging.store import rooms as store

USUAL_PARTICIPANTS = 50
_ID = ("input", "id")

Name = Annotated[str, AfterValidator(line(255))]
Seats = Annotated[int, Field(ge=2, le=MOST_PARTICIPANTS)]
Logo = Annotated[PublicAddress, StringConstraints(max_length=1024)]


def _description(value: str) -> str:
    return text(2000)(value) if value.strip() else ""


Description = Annotated[str, AfterValidator(_description)]


class RoomData(BaseModel):
    """A room to make."""

    name: Name
    description: Description = ""
    subject_id: UUID | None = None
    type: RoomType = RoomType.STUDY
    max_participants: Seats = USUAL_PARTICIPANTS
    public: bool = True
    logo_url: Logo | None = None


class RoomChanges(BaseModel):
    """What is to be another way; what isn't given stays."""

    name: Name = ""
    description: Description = ""
    subject_id: UUID | None = None
    type: RoomType = RoomType.STUDY
    max_participants: Seats = USUAL_PARTICIPANTS
    public: bool = True
    logo_url: Logo | None = None
    renew_join_code: bool = False


async def create(uow: UnitOfWork, viewer: Viewer, data: RoomData) -> Room:
    """A room of the viewer's, who is the first in it."""
    await _check_subject(uow, data.subject_id)
    conversation = await open_conversation(uow, ConversationKind.ROOM, data.name)
    room = Room(
        conversation_id=conversation.id,
        owner_id=viewer.user_id,
        join_code=new_token(),
        **data.model_dump(),
    )
    uow.session.add(room)
    await uow.session.flush()
    await admit(uow, conversation.id, viewer.user_id)
    return room


async def update(uow: UnitOfWork, viewer: Viewer, key: UUID, data: RoomChanges) -> Room:
    """Change what is given of a room of the viewer's.

    `RoomFull` if more are in it than it is to take.
    """
    room = await _owned(uow, viewer, key)
    given = data.model_dump(exclude_unset=True)
    await _check_subject(uow, given.get("subject_id"))
    seats = given.get("max_participants", room.max_participants)
    if (
        seats < room.max_participants
        and await members.count(uow.session, room.conversation_id) > seats
    ):
        raise RoomFull("More people are in this room.", field=("input", "maxParticipants"))
    if given.pop("renew_join_code", False):
        room.join_code = new_token()
    _change(room, given)
    await members.retitle(uow.session, room.conversation_id, room.name)
    uow.publish(RoomChanged(conversation_id=room.conversation_id, room_id=room.id))
    return room


def _change(room: Room, given: dict[str, Any]) -> None:
    for name, value in given.items():
        setattr(room, name, value)


async def archive(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Room:
    """Close a room of the viewer's, or, for a moderator, anybody's: those who are in it go on
    reading, and nobody writes. Again is no change.
    """
    room = await _seen(uow, viewer, key)
    own = room.owner_id == viewer.user_id
    if not own and not policy.can_moderate(viewer):
        raise NotTheOwner(field=_ID)
    if room.archived_at is not None:
        return room
    room.archived_at = now()
    await members.close(uow.session, room.conversation_id)
    uow.publish(RoomChanged(conversation_id=room.conversation_id, room_id=room.id))
    if not own:
        uow.audit(
            "room.archive", viewer.user_id, ("room", room.id), before={"owner": str(room.owner_id)}
        )
    return room


async def join(uow: UnitOfWork, viewer: Viewer, key: UUID, code: str | None) -> Room:
    """Enter a public room, or a private one by its code; again is no change.

    The room is held while its people are counted, so that it never has more than it takes.
    `NotFound`, `RoomArchived`, `RemovedFromRoom` or `RoomFull`.
    """
    room = await store.hold(uow.session, key)
    if room is None:
        raise NotFound(field=_ID)
    member = await members.member(uow.session, room.conversation_id, viewer.user_id)
    if member is not None and member.left_at is None:
        return room
    if not room.public and not _opens(room, code):
        raise NotFound(field=_ID)
    if room.archived_at is not None:
        raise RoomArchived(field=_ID)
    if member is not None and member.removed:
        raise RemovedFromRoom(field=_ID)
    if await members.count(uow.session, room.conversation_id) >= room.max_participants:
        raise RoomFull(field=_ID)
    await admit(uow, room.conversation_id, viewer.user_id)
    return room


async def leave(uow: UnitOfWork, viewer: Viewer, key: UUID, user_id: UUID | None) -> Room:
    """Leave a room; who isn't in it has. Its owner and moderators remove others, for good."""
    room = await _seen(uow, viewer, key)
    if user_id is not None and user_id != viewer.user_id:
        await _remove(uow, viewer, room, user_id)
    elif room.owner_id == viewer.user_id and room.archived_at is None:
        raise OwnerStays(field=_ID)
    else:
        await dismiss(uow, room.conversation_id, viewer.user_id)
    return room


async def _remove(uow: UnitOfWork, viewer: Viewer, room: Room, user_id: UUID) -> None:
    if room.owner_id != viewer.user_id and not policy.can_moderate(viewer):
        raise NotTheOwner(field=("input", "userId"))
    if user_id == room.owner_id:
        raise OwnerStays(field=("input", "userId"))
    known = await members.member(uow.session, room.conversation_id, user_id)
    if known is None or known.removed:
        raise NotFound(field=("input", "userId"))
    if not await dismiss(uow, room.conversation_id, user_id, removed=True):
        # They have left already, and would come back.
        known.removed = True
    about = {"room": str(room.id)}
    uow.audit("room.remove", viewer.user_id, ("user", user_id), before=about)


def _opens(room: Room, code: str | None) -> bool:
    return code is not None and hmac.compare_digest(code.encode(), room.join_code.encode())


async def _seen(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Room:
    room = await store.hold(uow.session, key)
    if room is None or not await store.sees(uow.session, viewer, key):
        raise NotFound(field=_ID)
    return room


async def _owned(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Room:
    room = await _seen(uow, viewer, key)
    if room.owner_id != viewer.user_id:
        raise NotTheOwner(field=_ID)
    if room.archived_at is not None:
        raise RoomArchived(field=_ID)
    return room


async def _check_subject(uow: UnitOfWork, key: UUID | None) -> None:
    if key is not None and not await store.is_subject(uow.session, key):
        raise NotFound(field=("input", "subjectId"))

"""Root mutations of rooms."""

from typing import Any
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import SIGNED_IN, permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import CHAT
from app.messaging.models import RoomType
from app.messaging.service import rooms as service
from app.messaging.types import Room
from app.reference.types.taxonomy import Subject

_PERSON = permitted("message.send")


def _maybe(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="What a room can have.")
class RoomFields:
    """What making and changing a room have in common."""

    description: str | None = _maybe("What it is about, at most 2,000 characters.")
    subject_id: strawberry.ID | None = _maybe("What is studied in it; null for nothing special.")
    type: RoomType | None = _maybe("What it is for: `STUDY` at first.")
    max_participants: int | None = _maybe("How many people it takes, 2 to 1000: 50 at first.")
    public: bool | None = _maybe("Whether anybody may see and enter it: true at first.")
    logo_url: str | None = _maybe("A picture of it: an https address. Null for none.")


@strawberry.input(description="A room to make.")
class RoomCreateInput(RoomFields):
    """Yours."""

    name: str = strawberry.field(description="What it is called, 1 to 255 characters.")


@strawberry.input(description="What is to be another way in a room. What isn't given stays.")
class RoomUpdateInput(RoomFields):
    """One of yours."""

    id: strawberry.ID = strawberry.field(description="The room.")
    name: str | None = _maybe("What it is called, 1 to 255 characters.")
    renew_join_code: bool | None = _maybe(
        "True for another code: whoever has the old one gets in no more."
    )


@strawberry.input(description="Which room to archive.")
class RoomArchiveInput:
    """One of yours; moderators, any."""

    id: strawberry.ID = strawberry.field(description="The room.")


@strawberry.input(description="Which room to enter.")
class RoomJoinInput:
    """A public one, or a private one by its code."""

    id: strawberry.ID = strawberry.field(description="The room.")
    join_code: str | None = strawberry.field(
        default=None, description="Its code, if it is private."
    )


@strawberry.input(description="Which room to leave.")
class RoomLeaveInput:
    """You, or whom you remove."""

    id: strawberry.ID = strawberry.field(description="The room.")
    user_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Whom to remove from it, for its owner and moderators; else you leave.",
    )


@strawberry.type
class _RoomPayload:
    room: Room | None = edge("room_key", "The room; null once it isn't to be seen any more.")
    room_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing changed."
    )


@strawberry.type(description="The answer to `roomCreate`.")
class RoomCreatePayload(_RoomPayload):
    """The room."""


@strawberry.type(description="The answer to `roomUpdate`.")
class RoomUpdatePayload(_RoomPayload):
    """The room."""


@strawberry.type(description="The answer to `roomArchive`.")
class RoomArchivePayload(_RoomPayload):
    """The room."""


@strawberry.type(description="The answer to `roomJoin`.")
class RoomJoinPayload(_RoomPayload):
    """The room."""


@strawberry.type(description="The answer to `roomLeave`.")
class RoomLeavePayload(_RoomPayload):
    """The room."""


def _subject(input: RoomFields) -> dict[str, UUID | None]:
    given = input.subject_id
    if given is strawberry.UNSET:
        return {}
    return {"subject_id": None if given is None else from_global(Subject.prefix, given)}


@strawberry.type
class RoomsMutation:
    """Make rooms, enter and leave them."""

    @mutation(_PERSON, CHAT)
    async def room_create(self, info: Info, input: RoomCreateInput) -> RoomCreatePayload:
        """Make a room with a chat, and be the first in it."""
        data = to_data(service.RoomData, input, **_subject(input))
        async with info.context.begin() as uow:
            room = await service.create(uow, info.context.me, data)
        return RoomCreatePayload(room_key=room.id)

    @mutation(_PERSON)
    async def room_update(self, info: Info, input: RoomUpdateInput) -> RoomUpdatePayload:
        """Change a room of yours. `ROOM_FULL` if more people are in it than it is to take.
        `conversationUpdated` tells those in it.
        """
        key = from_global(Room.prefix, input.id)
        data = to_data(service.RoomChanges, input, **_subject(input))
        async with info.context.begin() as uow:
            await service.update(uow, info.context.me, key, data)
        return RoomUpdatePayload(room_key=key)

    @mutation(SIGNED_IN)
    async def room_archive(self, info: Info, input: RoomArchiveInput) -> RoomArchivePayload:
        """Close a room of yours, or, with the permission `message.moderate`, anybody's: those in
        it go on reading, and nobody writes or enters. Again is no change. `conversationUpdated`
        tells those in it.
        """
        key = from_global(Room.prefix, input.id)
        async with info.context.begin() as uow:
            await service.archive(uow, info.context.me, key)
        return RoomArchivePayload(room_key=key)

    @mutation(_PERSON, CHAT)
    async def room_join(self, info: Info, input: RoomJoinInput) -> RoomJoinPayload:
        """Enter a room; again is no change. `ROOM_FULL` if as many are in it as it takes.
        `conversationUpdated` tells those in it.
        """
        key = from_global(Room.prefix, input.id)
        async with info.context.begin() as uow:
            await service.join(uow, info.context.me, key, input.join_code)
        return RoomJoinPayload(room_key=key)

    @mutation(SIGNED_IN)
    async def room_leave(self, info: Info, input: RoomLeaveInput) -> RoomLeavePayload:
        """Leave a room, or remove somebody who is in it or was, and can't come back then.
        Subscriptions of who is gone end. `conversationUpdated` tells those in it.
        """
        key = from_global(Room.prefix, input.id)
        user_id = from_global(User.prefix, input.user_id) if input.user_id else None
        async with info.context.begin() as uow:
            await service.leave(uow, info.context.me, key, user_id)
        return RoomLeavePayload(room_key=key)

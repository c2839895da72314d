"""Root mutations of announcements."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.classes.service import announcements as service
from app.classes.types.announcements import Announcement
from app.classes.types.classes import Class
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why nothing changed.")


@strawberry.input(description="What a class is to be told.")
class AnnouncementCreateInput:
    """Now or later."""

    class_id: strawberry.ID = strawberry.field(description="The class.")
    title: str = strawberry.field(description="It in a line, 1 to 255 characters.")
    content: str = strawberry.field(description="It in plain text, 1 to 10,000 characters.")
    scheduled_at: datetime | None = strawberry.field(
        default=None, description="When it is to be sent, within a year; now, if not given."
    )


@strawberry.input(description="What is to be another way. What isn't given stays.")
class AnnouncementUpdateInput:
    """Sent or not."""

    id: strawberry.ID = strawberry.field(description="The announcement.")
    title: str | None = strawberry.field(
        default=strawberry.UNSET, description="It in a line, 1 to 255 characters."
    )
    content: str | None = strawberry.field(
        default=strawberry.UNSET, description="It in plain text, 1 to 10,000 characters."
    )
    scheduled_at: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="When it is to be sent, within a year; null for now. Not once it was sent.",
    )


@strawberry.input(description="Which announcement.")
class AnnouncementInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The announcement.")


@strawberry.type
class _AnnouncementPayload:
    announcement: Announcement | None = edge("announcement_key", "The announcement.")
    announcement_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `announcementCreate`.")
class AnnouncementCreatePayload(_AnnouncementPayload):
    """The announcement."""


@strawberry.type(description="The answer to `announcementUpdate`.")
class AnnouncementUpdatePayload(_AnnouncementPayload):
    """The announcement."""


@strawberry.type(description="The answer to `announcementMarkRead`.")
class AnnouncementMarkReadPayload(_AnnouncementPayload):
    """The announcement."""


@strawberry.type(description="The answer to `announcementDelete`.")
class AnnouncementDeletePayload:
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the announcement that is gone."
    )
    errors: list[UserError] = _errors()


@strawberry.type
class AnnouncementMutation:
    """Tell a class something, and read it."""

    @mutation(SIGNED_IN)
    async def announcement_create(
        self, info: Info, input: AnnouncementCreateInput
    ) -> AnnouncementCreatePayload:
        """Tell the members of a class something, now or later: for who teaches it, and for those
        who manage classes. `classUpdated` tells of it once it is sent, and so does a notification.
        """
        key = from_global(Class.prefix, input.class_id)
        data = to_data(service.AnnouncementData, input, class_id=key)
        async with info.context.begin() as uow:
            made = await service.create(uow, info.context.me, data)
        return AnnouncementCreatePayload(announcement_key=made.id)

    @mutation(SIGNED_IN)
    async def announcement_update(
        self, info: Info, input: AnnouncementUpdateInput
    ) -> AnnouncementUpdatePayload:
        """Change an announcement, or when it is sent: for who teaches the class, and for those
        who manage classes. What was sent isn't sent again: `classUpdated` tells how it reads now.
        """
        key = from_global(Announcement.prefix, input.id)
        data = to_data(service.AnnouncementChanges, input)
        async with info.context.begin() as uow:
            await service.update(uow, info.context.me, key, data)
        return AnnouncementUpdatePayload(announcement_key=key)

    @mutation(SIGNED_IN)
    async def announcement_delete(
        self, info: Info, input: AnnouncementInput
    ) -> AnnouncementDeletePayload:
        """Take an announcement back: for who teaches the class, and for those who manage classes.
        `classUpdated` tells of it if it was sent; notifications of it stay.
        """
        async with info.context.begin() as uow:
            await service.delete(uow, info.context.me, from_global(Announcement.prefix, input.id))
        return AnnouncementDeletePayload(deleted_id=input.id)

    @mutation(SIGNED_IN)
    async def announcement_mark_read(
        self, info: Info, input: AnnouncementInput
    ) -> AnnouncementMarkReadPayload:
        """Say that you have read an announcement; again changes nothing."""
        key = from_global(Announcement.prefix, input.id)
        async with info.context.begin() as uow:
            await service.mark_read(uow, info.context.me, key)
        return AnnouncementMarkReadPayload(announcement_key=key)

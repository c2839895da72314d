"""SQL of rooms."""

from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.messaging import policy
from app.messaging.models import Room
from app.reference.models import Subject


async def hold(session: WriteSession, key: UUID) -> Room | None:
    """A room, held until the end of the transaction."""
    return await session.first(
        select(Room)
        .where(Room.id == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def sees(session: ReadSession, viewer: Viewer, key: UUID) -> bool:
    """Whether the viewer sees a room."""
    found = await session.first(
        select(Room.id).where(col(Room.id) == key, policy.visible_room(viewer))
    )
    return found is not None


async def is_subject(session: ReadSession, key: UUID) -> bool:
    """Whether there is a subject with this key."""
    return await session.first(select(Subject.id).where(Subject.id == key)) is not None

"""Statements about attendance, and about who keeps it."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select as select_several
from sqlmodel import col, select

from app.accounts.models import User
from app.classes import policy
from app.classes.models import Attendance, Class, Enrollment
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Asker


@dataclass(frozen=True)
class Held:
    """A class as it is now; `keeps` says whether the viewer keeps its books."""

    row: Class
    keeps: bool


async def hold_class(session: WriteSession, viewer: Asker, class_id: UUID) -> Held | None:
    """A class that nobody else changes until the end; None if the viewer is no part of it.

    Who holds a class and enrollments of it takes the class first, then these by their keys.
    """
    statement = (
        select_several(Class, policy.keeps(viewer, Class.id))
        .where(col(Class.id) == class_id, policy.hears(viewer, Class.id))
        # What refers to the class can be added meanwhile.
        .with_for_update(of=Class, key_share=True)
        .execution_options(populate_existing=True)
    )
    found = await session.rows(statement)
    return Held(*found[0]) if found else None


async def hold_enrollments(
    session: WriteSession, class_id: UUID, keys: Collection[UUID]
) -> dict[UUID, Enrollment]:
    """Those of these that are of a class, by their keys, held until the end."""
    statement = (
        select(Enrollment)
        .where(col(Enrollment.id).in_(keys), Enrollment.class_id == class_id)
        .order_by(col(Enrollment.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {each.id: each for each in await session.all(statement)}


async def class_of_enrollment(session: ReadSession, viewer: Asker, key: UUID) -> UUID | None:
    """The class, always the same, of an enrollment that the viewer sees."""
    return await session.first(
        select(Enrollment.class_id).where(Enrollment.id == key, policy.visible_enrollment(viewer))
    )


async def class_of_attendance(session: ReadSession, viewer: Asker, key: UUID) -> UUID | None:
    """The class, always the same, of a record that the viewer sees."""
    return await session.first(
        select(Enrollment.class_id)
        .join(Attendance, col(Attendance.enrollment_id) == Enrollment.id)
        .where(Attendance.id == key, policy.visible_enrollment(viewer))
    )


async def attendance(session: WriteSession, key: UUID) -> Attendance | None:
    """A record as it is now."""
    return await session.first(
        select(Attendance).where(Attendance.id == key).execution_options(populate_existing=True)
    )


async def is_taken(session: ReadSession, number: int, enrollments: Collection[UUID]) -> bool:
    """Whether anything was written down of a meeting for one of these."""
    found = await session.first(
        select(Attendance.id).where(
            Attendance.meeting_number == number, col(Attendance.enrollment_id).in_(enrollments)
        )
    )
    return found is not None


async def names(session: ReadSession, keys: Collection[UUID]) -> dict[UUID, str]:
    """What users are called, by their keys."""
    rows = await session.rows(
        select_several(col(User.id), col(User.first_name), col(User.last_name)).where(
            col(User.id).in_(keys)
        )
    )
    return {row[0]: " ".join(filter(None, row[1:])) for row in rows}

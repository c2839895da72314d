"""Statements about lectures."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, update
from sqlmodel import col, select

from app.classes import lecture_policy as policy
from app.classes.models import Lecture, LectureEnrollment, LectureEnrollmentStatus
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer

_E = LectureEnrollment
_S = LectureEnrollmentStatus


async def hold_seen(
    session: WriteSession, viewer: Viewer, key: UUID
) -> tuple[Lecture, bool] | None:
    """A lecture that the viewer sees, held, and whether they give it.

    All that changes a lecture or its seats holds the lecture until the end of the transaction.
    """
    found = await session.rows(
        select(Lecture, policy.gives(viewer))
        .where(Lecture.id == key, policy.visible(viewer))
        .with_for_update(of=Lecture)
    )
    return (found[0][0], found[0][1]) if found else None


async def hold(session: WriteSession, key: UUID) -> Lecture | None:
    """Any lecture, held."""
    return await session.first(select(Lecture).where(Lecture.id == key).with_for_update())


async def enrollment(
    session: ReadSession, lecture_id: UUID, student_id: UUID
) -> LectureEnrollment | None:
    """Somebody's seat."""
    return await session.first(
        select(_E).where(_E.lecture_id == lecture_id, _E.student_id == student_id)
    )


async def taken(session: ReadSession, lecture_id: UUID, besides: UUID, now: datetime) -> int:
    """How many seats others have, or could still pay for."""
    reserved = (col(_E.status) == _S.RESERVED) & (col(_E.reserved_until) > now)
    return await session.value(
        select(func.count())
        .select_from(_E)
        .where(
            _E.lecture_id == lecture_id,
            _E.student_id != besides,
            or_(col(_E.status) == _S.ACTIVE, reserved),
        )
    )


async def enrolled(session: ReadSession, lecture_id: UUID) -> Sequence[UUID]:
    """Who has, or had, a seat."""
    return await session.all(
        select(_E.student_id).where(_E.lecture_id == lecture_id).order_by(col(_E.id))
    )


async def seated(session: ReadSession, lecture_id: UUID, now: datetime) -> int:
    """How many seats are taken."""
    reserved = (col(_E.status) == _S.RESERVED) & (col(_E.reserved_until) > now)
    return await session.value(
        select(func.count())
        .select_from(_E)
        .where(_E.lecture_id == lecture_id, or_(col(_E.status) == _S.ACTIVE, reserved))
    )


async def end_reserved(session: WriteSession, lecture_id: UUID) -> None:
    """Keep no seat for anybody who hasn't paid."""
    await session.execute(
        update(_E)
        .where(col(_E.lecture_id) == lecture_id, col(_E.status) == _S.RESERVED)
        .values(status=_S.ENDED, reserved_until=None)
    )

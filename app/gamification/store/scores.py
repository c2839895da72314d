"""SQL of the ledger, and of the scores, days and standings that follow from it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts.models import User
from app.classes.models import Class, ClassStatus, Enrollment, EnrollmentStatus
from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.gamification.models import (
    ActiveDay,
    LeaderboardPeriod,
    LearnerScore,
    Standing,
    XpEntry,
    XpKind,
)


async def hold(session: WriteSession, user_id: UUID) -> LearnerScore | None:
    """A user's score as it is now, which nobody else changes until the end; None without them."""
    there = select(User.id).where(User.id == user_id)
    if await session.first(there.with_for_update(read=True, key_share=True)) is None:
        return None
    await session.execute(insert(LearnerScore).values(user_id=user_id).on_conflict_do_nothing())
    return await session.first(
        select(LearnerScore)
        .where(LearnerScore.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def add_entry(session: WriteSession, entry: XpEntry) -> bool:
    """Write a line of the ledger; False if there is one of this source."""
    statement = insert(XpEntry).values(**entry.model_dump()).on_conflict_do_nothing()
    return await session.changed(statement) == 1


async def count_paid(
    session: ReadSession, user_id: UUID, kind: XpKind, since: datetime, until: datetime
) -> int:
    """How many lines of a kind were paid for from one time to another."""
    return await session.value(
        select(func.count()).where(
            XpEntry.user_id == user_id,
            XpEntry.kind == kind,
            XpEntry.amount > 0,
            col(XpEntry.happened_at) >= since,
            col(XpEntry.happened_at) < until,
        )
    )


async def time_zone(session: ReadSession, user_id: UUID) -> str:
    """The time zone of a user."""
    return await session.value(select(User.time_zone).where(User.id == user_id))


async def add_day(session: WriteSession, day: ActiveDay) -> bool:
    """Count a day; False if it was counted, and then it is only said how long it lasted."""
    statement = insert(ActiveDay).values(**day.model_dump())
    if await session.changed(statement.on_conflict_do_nothing()):
        return True
    await session.execute(
        update(ActiveDay)
        .where(col(ActiveDay.user_id) == day.user_id, col(ActiveDay.day) == day.day)
        .values(
            first_at=func.least(ActiveDay.first_at, day.first_at),
            last_at=func.greatest(ActiveDay.last_at, day.last_at),
        )
        .execution_options(synchronize_session=False)
    )
    return False


async def days(session: ReadSession, user_id: UUID, most: int) -> Sequence[ActiveDay]:
    """The newest days of a user, in the order in which they began."""
    found = await session.all(
        select(ActiveDay)
        .where(ActiveDay.user_id == user_id)
        .order_by(col(ActiveDay.day).desc())
        .limit(most)
        .execution_options(populate_existing=True)
    )
    return sorted(found, key=lambda each: each.first_at)


async def classes_of(session: ReadSession, user_id: UUID) -> Sequence[UUID]:
    """The classes on whose boards a user is: those that go on, and that they are in."""
    return await session.all(
        select(Class.id)
        .join(Enrollment, col(Enrollment.class_id) == Class.id)
        .where(
            Enrollment.student_id == user_id,
            Enrollment.status == EnrollmentStatus.ACTIVE,
            col(Class.status).in_((ClassStatus.ENROLLMENT_OPEN, ClassStatus.ACTIVE)),
        )
        .order_by(col(Class.id))
        # Erased together with their class.
        .with_for_update(read=True, key_share=True, of=Class)
    )


async def add_to_standings(
    session: WriteSession,
    user_id: UUID,
    places: Sequence[tuple[UUID | None, LeaderboardPeriod, date]],
    *,
    points: int = 0,
    minutes: int = 0,
    streak_days: int = 0,
) -> None:
    """Add to what a user has in these periods of boards: of a class, or (None) of everybody.

    A streak stays the longest that there was.
    """
    moment = now()
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "created_at": moment,
            "updated_at": moment,
            "user_id": user_id,
            "class_id": class_id,
            "period": period,
            "starts_on": starts_on,
            "points": points,
            "study_minutes": minutes,
            "streak_days": streak_days,
        }
        for class_id, period, starts_on in places
    ]
    statement = insert(Standing).values(rows)
    given = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["scope_id", "period", "starts_on", "user_id"],
            set_={
                "points": Standing.points + given.points,
                "study_minutes": Standing.study_minutes + given.study_minutes,
                "streak_days": func.greatest(Standing.streak_days, given.streak_days),
                "updated_at": given.updated_at,
            },
        )
    )


async def forget_standings(session: WriteSession, before: date) -> int:
    """Delete what was reached in periods that began before a day, but for all time."""
    return await session.changed(
        delete(Standing).where(
            col(Standing.period) != LeaderboardPeriod.ALL_TIME, col(Standing.starts_on) < before
        )
    )

"""All SQL of notifications."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.notifications import policy
from app.notifications.models import (
    Notification,
    NotificationChannel,
    NotificationSetting,
    NotificationType,
)


async def add(session: WriteSession, notification: Notification) -> bool:
    """Write a notification; False if its user has one from this source."""
    done = await session.changed(
        insert(Notification)
        .values(**notification.model_dump())
        .on_conflict_do_nothing(index_elements=["user_id", "source"])
    )
    return bool(done)


async def answers(
    session: ReadSession, user_id: UUID, type: NotificationType
) -> dict[NotificationChannel, bool]:
    """What a user has said about a type, by channel."""
    rows = await session.rows(
        select(NotificationSetting.channel, NotificationSetting.enabled).where(
            NotificationSetting.user_id == user_id, NotificationSetting.type == type
        )
    )
    return {row[0]: row[1] for row in rows}


async def save_answers(
    session: WriteSession,
    user_id: UUID,
    given: Mapping[tuple[NotificationType, NotificationChannel], bool],
) -> None:
    """Keep what a user says; what they don't mention stays."""
    if not given:
        return
    rows: list[dict[str, Any]] = [
        {"user_id": user_id, "type": type, "channel": channel, "enabled": enabled}
        # In one order, so that two requests never wait for each other.
        for (type, channel), enabled in sorted(given.items())
    ]
    statement = insert(NotificationSetting).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "type", "channel"],
            set_={"enabled": statement.excluded.enabled},
        )
    )


async def count_own(session: ReadSession, user_id: UUID, keys: Collection[UUID]) -> int:
    """How many of these are a user's to see."""
    return await session.value(
        select(func.count()).where(
            col(Notification.id).in_(keys),
            Notification.user_id == user_id,
            col(Notification.listed),
        )
    )


async def mark_read(session: WriteSession, user_id: UUID, keys: Collection[UUID] | None) -> None:
    """Mark these as read, or all; those that are keep their time."""
    where = policy.unread() & (col(Notification.user_id) == user_id)
    if keys is not None:
        where &= col(Notification.id).in_(keys)
    await session.execute(update(Notification).where(where).values(read_at=now()))

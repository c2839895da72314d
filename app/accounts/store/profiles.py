"""SQL of profiles and preferences."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from app.accounts.models import User
from app.core.clock import now
from app.core.db import WriteSession


async def change_user(session: WriteSession, user_id: UUID, values: dict[str, Any]) -> bool:
    """Set these columns of a user and no other; False if there is no such country.

    Then the transaction is over.
    """
    try:
        await session.execute(update(User).where(col(User.id) == user_id).values(**values))
    except IntegrityError:
        return False
    return True


async def complete_onboarding(session: WriteSession, user_id: UUID) -> None:
    """Note when the user had been shown around, unless that is noted."""
    await session.execute(
        update(User)
        .where(col(User.id) == user_id, col(User.onboarding_completed_at).is_(None))
        .values(onboarding_completed_at=now())
    )

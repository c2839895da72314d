"""SQL of who is active, and whose account an administrator has locked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Update, case, func, update
from sqlmodel import col, select

from app.accounts.models import AuthSession, User
from app.core.db import WriteSession


def _noted() -> Update:
    # Nobody has changed the account for that.
    return update(User).values(last_active_at=func.now(), updated_at=col(User.updated_at))


async def seen(session: WriteSession, user_id: UUID) -> datetime | None:
    """Note that a user is active; until when an administrator has locked the account, if so."""
    locked_until = case((col(User.locked_until) > func.now(), col(User.locked_until)))
    noted = _noted().where(col(User.id) == user_id).returning(locked_until)
    found: datetime | None = (await session.execute(noted)).scalar_one_or_none()
    return found


async def seen_again(session: WriteSession, auth_session_id: UUID) -> None:
    """Note that the user of a session is active, before the session's row is held."""
    user_id = select(AuthSession.user_id).where(AuthSession.id == auth_session_id)
    await session.execute(_noted().where(col(User.id) == user_id.scalar_subquery()))

"""SQL of users."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from app.accounts.models import (
    AccountStatus,
    User,
)
from app.core.db import ReadSession, WriteSession


async def user_by_login(session: ReadSession, login: str) -> User | None:
    """The user with this e-mail address or username, in any case."""
    return await session.first(
        select(User).where(or_(col(User.email) == login, col(User.username) == login))
    )


async def users_by_id(session: ReadSession, keys: Sequence[UUID]) -> dict[UUID, User]:
    """Users by key."""
    found = await session.all(select(User).where(col(User.id).in_(keys)))
    return {user.id: user for user in found}


async def first_names(session: ReadSession, keys: Collection[UUID]) -> dict[UUID, str]:
    """What active users are called."""
    rows = await session.rows(
        select(User.id, User.first_name).where(
            col(User.id).in_(keys), User.status == AccountStatus.ACTIVE
        )
    )
    return {row[0]: row[1] for row in rows}


async def taken(session: ReadSession, username: str, email: str) -> tuple[bool, bool]:
    """Whether the username, and whether the address, belongs to somebody."""
    rows = await session.rows(
        select(User.username, User.email).where(
            or_(col(User.username) == username, col(User.email) == email)
        )
    )
    return (
        any(row[0].casefold() == username.casefold() for row in rows),
        any(row[1].casefold() == email.casefold() for row in rows),
    )


async def lock_user(session: WriteSession, user_id: UUID) -> User:
    """A user's row, held until the end of the transaction."""
    return await session.value(select(User).where(User.id == user_id).with_for_update())

"""SQL of users."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from app.accounts.models import (
    AccountStatus,
    User,
)
from app.accounts.rights import hold
from app.accounts.usernames import skeleton
from app.core.db import ReadSession, WriteSession

# Nobody's key: what is done for an account that doesn't exist is done with this.
NOBODY: Final = UUID(int=0)


async def user_by_login(session: ReadSession, login: str) -> User | None:
    """The user with this e-mail address or username, in any case."""
    return await session.first(
        select(User).where(or_(col(User.email) == login, col(User.username) == login))
    )


async def user_by_phone(session: ReadSession, number: str) -> User | None:
    """The user who has confirmed this number."""
    return await session.first(
        select(User).where(User.phone == number, col(User.phone_verified).is_(True))
    )


async def user_by_email(session: ReadSession, email: str) -> User | None:
    """The user with this address, in any case."""
    return await session.first(select(User).where(User.email == email))


async def user_by_id(session: ReadSession, key: UUID) -> User:
    """The user of this key, whom there must be."""
    return await session.value(select(User).where(User.id == key))


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
    """Whether the username or one that looks like it, and whether the address, is somebody's."""
    like = skeleton(username)
    rows = await session.rows(
        select(User.username, User.username_skeleton, User.email).where(
            or_(
                col(User.username) == username,
                col(User.username_skeleton) == like,
                col(User.email) == email,
            )
        )
    )
    return (
        any(row[0].casefold() == username.casefold() or row[1] == like for row in rows),
        any(row[2].casefold() == email.casefold() for row in rows),
    )


async def lock_user(session: WriteSession, user_id: UUID) -> User:
    """A user's row, held until the end of the transaction."""
    return await session.value(
        select(User).where(User.id == user_id).with_for_update(key_share=True)
    )


async def hold_account(session: WriteSession, user_id: UUID | None) -> User | None:
    """A user's row, held until the end of the transaction, in which a session may begin.

    What happens to one account's challenges, second factors, password and sessions is done
    one after the other; nothing of these is locked before the account is.
    """
    await session.execute(hold())
    return await session.first(
        select(User).where(User.id == (user_id or NOBODY)).with_for_update(key_share=True)
    )

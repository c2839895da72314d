"""SQL of signed-in devices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, case, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts import policy
from app.accounts.models import (
    AccountStatus,
    AuthSession,
    LoginFailures,
    RefreshToken,
    Role,
    RolePermission,
    User,
    UserRole,
)
from app.core.clock import now
from app.core.db import ReadSession, WriteSession


async def active_session(
    session: ReadSession, user_id: UUID, auth_session_id: UUID
) -> Sequence[Any]:
    """One row for each right of a live session; empty if it ended.

    A row is the role, the permission or None, the version of the rights, for how long the
    session and the role are good (a timedelta), and an API token's scopes or None.
    """
    left = func.least(col(AuthSession.expires_at), col(UserRole.expires_at)) - func.now()
    return await session.rows(
        select(Role.name, RolePermission.permission_key, AuthSession.rights_version, left)
        .add_columns(col(AuthSession.scopes))
        .select_from(AuthSession)
        .join(User, col(User.id) == AuthSession.user_id)
        .join(UserRole, (col(UserRole.user_id) == User.id) & policy.live())
        .join(Role, col(Role.id) == UserRole.role_id)
        .outerjoin(RolePermission, col(RolePermission.role_id) == Role.id)
        .where(
            col(AuthSession.id) == auth_session_id,
            col(AuthSession.user_id) == user_id,
            col(AuthSession.ended_at).is_(None),
            col(AuthSession.expires_at) > func.now(),
            col(User.status) == AccountStatus.ACTIVE,
        )
    )


def rights_version() -> ColumnElement[int]:
    """The version of a live session's rights, else NULL; `:auth_session_id` is the session."""
    return (
        select(AuthSession.rights_version)
        .where(
            AuthSession.id == bindparam("auth_session_id", type_=Uuid()),
            col(AuthSession.ended_at).is_(None),
            col(AuthSession.expires_at) > func.now(),
        )
        .scalar_subquery()
    )


async def auth_sessions(session: ReadSession, user_id: UUID) -> list[AuthSession]:
    """A user's live devices, last used first."""
    return await session.all(
        select(AuthSession)
        .where(
            AuthSession.user_id == user_id,
            col(AuthSession.scopes).is_(None),
            col(AuthSession.ended_at).is_(None),
            col(AuthSession.expires_at) > func.now(),
        )
        .order_by(col(AuthSession.last_used_at).desc())
    )


async def lock_live_sessions(session: WriteSession, user_id: UUID) -> list[AuthSession]:
    """A user's live sessions, held until the end of the transaction in the order of `rights`."""
    return await session.all(
        select(AuthSession)
        .where(
            AuthSession.user_id == user_id,
            col(AuthSession.ended_at).is_(None),
            col(AuthSession.expires_at) > func.now(),
        )
        .order_by(col(AuthSession.id))
        .with_for_update()
    )


async def lock_auth_session(session: WriteSession, key: UUID) -> AuthSession | None:
    """A session's row, held until the end of the transaction."""
    return await session.first(select(AuthSession).where(AuthSession.id == key).with_for_update())


async def refresh_token(session: ReadSession, token_hash: bytes) -> RefreshToken | None:
    """A refresh token by its hash, used or not."""
    return await session.first(select(RefreshToken).where(RefreshToken.token_hash == token_hash))


async def use_refresh_token(session: WriteSession, key: UUID) -> bool:
    """Mark a token as used; False if somebody else did before."""
    used = await session.changed(
        update(RefreshToken)
        .where(col(RefreshToken.id) == key, col(RefreshToken.used_at).is_(None))
        .values(used_at=now())
    )
    return bool(used)


async def count_attempt(
    session: WriteSession, subject: str, limit: int, until: datetime
) -> tuple[int, datetime | None]:
    """One more attempt, counted as a failure before it is known to be one.

    So many at once are no more than one after the other. The `limit`-th locks until a time; after
    that, counting starts anew. Returns the count (more than `limit`: this attempt is refused)
    and until when it is locked now.
    """
    counted, locked = col(LoginFailures.count), col(LoginFailures.lockout_end)
    statement = insert(LoginFailures).values(subject=subject, count=1, changed_at=now())
    statement = statement.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "count": case(
                (locked > func.now(), limit + 1), (locked.is_not(None), 1), else_=counted + 1
            ),
            "lockout_end": case(
                (locked > func.now(), locked),
                (locked.is_not(None), None),
                (counted + 1 >= limit, until),
            ),
            "changed_at": now(),
        },
    )
    returned = statement.returning(col(LoginFailures.count), col(LoginFailures.lockout_end))
    counts = (await session.execute(returned)).mappings().one()
    return counts["count"], counts["lockout_end"]


async def take_back(session: WriteSession, subject: str, limit: int) -> None:
    """An attempt was no failure, though not a success to start anew from."""
    left = col(LoginFailures.count) - 1
    await session.execute(
        update(LoginFailures)
        .where(col(LoginFailures.subject) == subject, col(LoginFailures.count) > 0)
        .values(
            count=left,
            lockout_end=case((left >= limit, col(LoginFailures.lockout_end))),
        )
    )


async def clear_failures(session: WriteSession, subject: str) -> None:
    """The count starts anew after a success."""
    await session.execute(
        update(LoginFailures)
        .where(col(LoginFailures.subject) == subject)
        .values(count=0, lockout_end=None)
    )

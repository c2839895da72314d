"""SQL of accounts that are to be erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts.models import AccountStatus, AuthSession, User
from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.privacy.models import AccountDeletion, RetentionHold


async def set_status(
    session: WriteSession, user_id: UUID, before: AccountStatus, after: AccountStatus
) -> bool:
    """Change an account's status; False if it had another one before."""
    done = await session.changed(
        update(User).where(col(User.id) == user_id, col(User.status) == before).values(status=after)
    )
    return bool(done)


async def add(session: WriteSession, deletion: AccountDeletion) -> None:
    """Note that an account is to be erased; an earlier note gives way."""
    values = deletion.model_dump()
    statement = insert(AccountDeletion).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id"],
            set_={name: value for name, value in values.items() if name != "user_id"},
        )
    )


async def user_of_token(session: ReadSession, token_hash: bytes) -> UUID | None:
    """Whose deletion a token calls off."""
    return await session.first(
        select(AccountDeletion.user_id).where(AccountDeletion.token_hash == token_hash)
    )


async def call_off(session: WriteSession, token_hash: bytes) -> bool:
    """Use a token; False if it was used, or is too late."""
    done = await session.changed(
        delete(AccountDeletion).where(
            col(AccountDeletion.token_hash) == token_hash,
            col(AccountDeletion.started_at).is_(None),
            col(AccountDeletion.erase_after) > func.now(),
        )
    )
    return bool(done)


async def due(session: ReadSession, limit: int) -> list[UUID]:
    """Users to be erased now, the longest due first; not those whose data is held."""
    held = exists(
        select(RetentionHold.id).where(
            RetentionHold.user_id == AccountDeletion.user_id,
            col(RetentionHold.until) > func.now(),
        )
    )
    return await session.all(
        select(AccountDeletion.user_id)
        .where(col(AccountDeletion.erase_after) <= func.now(), ~held)
        .order_by(col(AccountDeletion.erase_after))
        .limit(limit)
    )


async def lock_user(session: WriteSession, user_id: UUID) -> User | None:
    """A user's row, held until the end of the transaction; None once it is gone."""
    return await session.first(select(User).where(User.id == user_id).with_for_update())


async def start(session: WriteSession, user_id: UUID) -> bool:
    """Note that erasing has begun; False if there is nothing to be erased any more."""
    done = await session.changed(
        update(AccountDeletion)
        .where(col(AccountDeletion.user_id) == user_id)
        .values(started_at=func.coalesce(col(AccountDeletion.started_at), now()))
    )
    return bool(done)


async def forget(session: WriteSession, user_id: UUID) -> None:
    """There is nothing to be erased any more."""
    await session.execute(delete(AccountDeletion).where(col(AccountDeletion.user_id) == user_id))


async def erase_account(session: WriteSession, user_id: UUID) -> None:
    """The account's own row, and what the audit log says of its owner."""
    await session.execute(text("SELECT audit_erase(:someone)"), {"someone": user_id})
    await session.execute(delete(User).where(col(User.id) == user_id))


async def signed_in_at(session: ReadSession, auth_session_id: UUID) -> datetime:
    """When a device signed in."""
    return await session.value(
        select(AuthSession.created_at).where(AuthSession.id == auth_session_id)
    )

"""SQL of second factors."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts.models import RecoveryCode, TwoFactor
from app.core.clock import now
from app.core.db import ReadSession, WriteSession


async def of(session: ReadSession, user_id: UUID) -> TwoFactor | None:
    """A user's authenticator, confirmed or not."""
    return await session.first(select(TwoFactor).where(TwoFactor.user_id == user_id))


async def confirmed(session: ReadSession, user_id: UUID) -> TwoFactor | None:
    """A user's authenticator, if it counts."""
    return await session.first(
        select(TwoFactor).where(
            TwoFactor.user_id == user_id, col(TwoFactor.confirmed_at).is_not(None)
        )
    )


async def begin(session: WriteSession, user_id: UUID, secret: bytes) -> bool:
    """Save a secret that is to be confirmed; False if another one counts already."""
    statement = insert(TwoFactor).values(user_id=user_id, secret=secret, last_step=0)
    return bool(
        await session.changed(
            statement.on_conflict_do_update(
                index_elements=["user_id"],
                set_={"secret": secret, "last_step": 0},
                where=col(TwoFactor.confirmed_at).is_(None),
            )
        )
    )


async def confirm(session: WriteSession, user_id: UUID, step: int) -> None:
    """From now on it counts, for codes of later steps than this."""
    await session.execute(
        update(TwoFactor)
        .where(col(TwoFactor.user_id) == user_id)
        .values(confirmed_at=now(), last_step=step)
    )


async def use_step(session: WriteSession, user_id: UUID, step: int) -> bool:
    """Accept a step's code; False if it, or a later one, was accepted before."""
    used = await session.changed(
        update(TwoFactor)
        .where(col(TwoFactor.user_id) == user_id, col(TwoFactor.last_step) < step)
        .values(last_step=step)
    )
    return bool(used)


async def add_recovery_codes(session: WriteSession, user_id: UUID, hashes: Sequence[bytes]) -> None:
    """Codes that count; no earlier one does."""
    await session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    session.add(*[RecoveryCode(user_id=user_id, code_hash=each) for each in hashes])


async def use_recovery_code(session: WriteSession, user_id: UUID, code_hash: bytes) -> bool:
    """Accept a recovery code; False if there is none such, or it was accepted before."""
    used = await session.changed(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.user_id) == user_id,
            col(RecoveryCode.code_hash) == code_hash,
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now())
    )
    return bool(used)


async def remove(session: WriteSession, user_id: UUID) -> None:
    """Authenticator and recovery codes are gone."""
    for table in (TwoFactor, RecoveryCode):
        await session.execute(delete(table).where(col(table.user_id) == user_id))

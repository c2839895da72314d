"""SQL of challenges."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, update
from sqlmodel import col, select

from app.accounts.models import Challenge, ChallengePurpose
from app.core.clock import now
from app.core.db import ReadSession, WriteSession


async def one_at_a_time(session: WriteSession, *names: str) -> None:
    """Until the end of the transaction nobody else counts what is asked for by these names."""
    for name in names:
        key = func.hashtextextended(f"lyceum.challenges.{name}", 0)
        await session.execute(select(func.pg_advisory_xact_lock(key)))


async def sent(
    session: ReadSession,
    asked: tuple[bytes, datetime],
    account: tuple[UUID | None, ChallengePurpose, datetime],
) -> tuple[int, int]:
    """How many codes were asked for by a name, and by an account, each since a time."""
    name, lately = asked
    user_id, purpose, long_ago = account
    by_name = (col(Challenge.asked) == name) & (col(Challenge.created_at) > lately)
    by_account = (
        (col(Challenge.user_id) == user_id)
        & (col(Challenge.purpose) == purpose)
        & (col(Challenge.created_at) > long_ago)
    )
    [row] = await session.rows(
        select(
            func.coalesce(func.sum(case((by_name, Challenge.sends))), 0),
            func.coalesce(func.sum(case((by_account, Challenge.sends))), 0),
        ).where(by_name | by_account)
    )
    return row[0], row[1]


async def by_token(session: ReadSession, token_hash: bytes) -> Challenge | None:
    """A challenge by the hash of its token, good or not."""
    return await session.first(select(Challenge).where(Challenge.token_hash == token_hash))


async def newest(
    session: ReadSession, user_id: UUID, purpose: ChallengePurpose
) -> Challenge | None:
    """The newest of a user's challenges for a purpose: the one that counts."""
    return await session.first(
        select(Challenge)
        .where(Challenge.user_id == user_id, Challenge.purpose == purpose)
        .order_by(col(Challenge.id).desc())
        .limit(1)
    )


async def lock(session: WriteSession, key: UUID) -> Challenge | None:
    """A challenge, held until the end of the transaction, while it is good."""
    return await session.first(select(Challenge).where(_good(key)).with_for_update())


async def take_try(session: WriteSession, key: UUID, most: int) -> bool:
    """Take one of a challenge's tries; False if it has none left or isn't good any more."""
    taken = await session.changed(
        update(Challenge)
        .where(_good(key), col(Challenge.tries) < most)
        .values(tries=Challenge.tries + 1)
    )
    return bool(taken)


async def take_send(session: WriteSession, key: UUID, most: int) -> bool:
    """Have a challenge wait for another code; False if it has had so many, or isn't good."""
    taken = await session.changed(
        update(Challenge)
        .where(_good(key), col(Challenge.sends) < most)
        .values(sends=Challenge.sends + 1, code_hash=None)
    )
    return bool(taken)


async def use(session: WriteSession, key: UUID) -> bool:
    """Mark a challenge as met; False if it isn't good any more."""
    return bool(await session.changed(update(Challenge).where(_good(key)).values(used_at=now())))


async def void(session: WriteSession, user_id: UUID) -> None:
    """None of a user's challenges is good any more."""
    await session.execute(
        update(Challenge)
        .where(col(Challenge.user_id) == user_id, col(Challenge.used_at).is_(None))
        .values(used_at=now())
    )


async def forget_old(session: WriteSession, before: datetime) -> int:
    """Delete challenges that ended before a time; says how many."""
    found = await session.all(select(Challenge).where(Challenge.expires_at < before).limit(1000))
    for row in found:
        await session.delete(row)
    return len(found)


def _good(key: UUID) -> ColumnElement[bool]:
    return and_(
        col(Challenge.id) == key,
        col(Challenge.used_at).is_(None),
        col(Challenge.expires_at) > func.now(),
    )

"""`Idempotency-Key`: a mutation that is sent twice happens once, and is answered alike.

A key belongs to a caller and to the hash of one request body. Its row is made before the
operation runs; each unit of work of the operation marks it inside its own transaction, so
that after a crash it is known whether anything happened, and the answer is stored last.
"""

from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, col, select

from app.core.clock import now
from app.core.db import Database, WriteSession
from app.core.errors import BadRequest, Conflict
from app.core.personal import Fate, owner
from app.core.tables import PERSONAL, Timestamp

# A request that is still running after this time is taken to have died with its process.
_RUNNING = timedelta(minutes=2)
KEPT = timedelta(hours=24)
_LONGEST_KEY = 255

_current: ContextVar["IdempotencyKey | None"] = ContextVar("idempotency_key", default=None)


class IdempotencyKey(SQLModel, table=True):
    """A key as one caller used it."""

    __tablename__ = "idempotency_key"

    caller: str = Field(
        primary_key=True, sa_column_kwargs=owner(Fate.ERASE, names=("{id}",), exported=False)
    )
    key: str = Field(primary_key=True, sa_column_kwargs=PERSONAL)
    body_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    attempt: UUID
    started_at: datetime = Field(default_factory=now, sa_type=Timestamp, index=True)
    committed: bool = False
    # The answer to nobody, who registers, names somebody too.
    response: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary, **owner(Fate.ERASE, exported=False))
    )


def _same(row: IdempotencyKey) -> tuple[Any, ...]:
    return (IdempotencyKey.caller == row.caller, IdempotencyKey.key == row.key)


async def claim(database: Database, wanted: IdempotencyKey) -> bytes | None:
    """The stored answer of an earlier request, or None: then this one is to run.

    Raises `Conflict` if the key was used for another body, if the first request still
    runs, or if it did something and its answer was lost.
    """
    if len(wanted.key) > _LONGEST_KEY:
        raise BadRequest(f"An Idempotency-Key has at most {_LONGEST_KEY} characters.")
    async with database.write() as session:
        made = await session.changed(
            insert(IdempotencyKey).values(**wanted.model_dump()).on_conflict_do_nothing()
        )
        response = None if made else await _answer(session, wanted)
        await session.commit()
    if response is None:
        _current.set(wanted)
    return response


async def _answer(session: WriteSession, wanted: IdempotencyKey) -> bytes | None:
    found = await session.value(select(IdempotencyKey).where(*_same(wanted)).with_for_update())
    if found.body_hash != wanted.body_hash:
        raise Conflict("This Idempotency-Key was used for another request.")
    if found.response is not None:
        return found.response
    if found.started_at > now() - _RUNNING:
        raise Conflict("The first request with this Idempotency-Key is still running.")
    if found.committed:
        raise Conflict(
            "The first request with this Idempotency-Key was carried out, but its answer was lost:"
            " read the state before you send it again with a new key."
        )
    found.attempt, found.started_at = wanted.attempt, wanted.started_at
    return None


async def mark_committed(session: WriteSession) -> None:
    """Note, inside a unit of work, that the current request took effect."""
    current = _current.get()
    if current is not None:
        await session.execute(update(IdempotencyKey).where(*_same(current)).values(committed=True))


def mark() -> list[tuple[str, tuple[Any, ...]]]:
    """The same as a statement, for a unit of work that is one itself; none without a key."""
    current = _current.get()
    if current is None:
        return []
    sql = "UPDATE idempotency_key SET committed = true WHERE caller = $1 AND key = $2"
    return [(sql, (current.caller, current.key))]


async def store(database: Database, response: bytes, *, keep: bool) -> None:
    """Keep the answer of the current request.

    One that failed isn't kept unless something was committed before it did: then the key is
    free for another try.
    """
    current = _current.get()
    if current is None:
        return
    _current.set(None)
    async with database.write() as session:
        row = await session.first(select(IdempotencyKey).where(*_same(current)).with_for_update())
        if row is None or row.attempt != current.attempt:
            return
        if keep or (row.committed and response):
            row.response = response
        elif not row.committed:
            await session.delete(row)
        await session.flush()
        await session.commit()


async def forget_old(session: WriteSession) -> int:
    """Delete keys past their time; says how many."""
    found = await session.all(
        select(IdempotencyKey).where(col(IdempotencyKey.started_at) < now() - KEPT).limit(1000)
    )
    for row in found:
        await session.delete(row)
    return len(found)

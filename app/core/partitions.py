"""Monthly partitions of the big append-only tables, by their UUIDv7 keys.

A table says `postgresql_partition_by` in its model; the clock keeps partitions ahead of time.
"""

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import SQLModel

from app.core.clock import now
from app.core.db import WriteSession
from app.core.ids import lowest_id

_AHEAD = 12


def partitioned_tables() -> list[str]:
    """Names of the tables that are partitioned."""
    return [
        table.name
        for table in SQLModel.metadata.sorted_tables
        if table.dialect_options["postgresql"].get("partition_by")
    ]


def first_key(month: date) -> UUID:
    """The lowest UUIDv7 of a month."""
    return lowest_id(datetime(month.year, month.month, 1, tzinfo=UTC))


def _month(start: date, later: int) -> date:
    years, month = divmod(start.month - 1 + later, 12)
    return date(start.year + years, month + 1, 1)


async def ensure_partitions(session: WriteSession) -> None:
    """Make the partitions of this month and the next twelve, where they are missing."""
    today = now().date()
    for table in partitioned_tables():
        for later in range(_AHEAD + 1):
            month, following = _month(today, later), _month(today, later + 1)
            await session.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {table}_p{month:%Y%m} PARTITION OF {table}"
                    f" FOR VALUES FROM ('{first_key(month)}') TO ('{first_key(following)}')"
                )
            )

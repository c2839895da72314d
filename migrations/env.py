"""How Alembic reaches the database. `app.core.migrate` gives the address."""

import asyncio
import re
from typing import Any

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import app.models  # noqa: F401 - foreign keys name tables of other rooms
from app.core.db import driver_url
from app.core.settings import get_settings

# Partitions are made by the clock as months come; the models know their parent only. What refers
# to it refers to each of them, says PostgreSQL.
_PARTITION = re.compile(r"_p\d{6}$")


def _ours(item: Any, name: str | None, kind: str, *__: Any) -> bool:
    if kind == "foreign_key_constraint":
        return not any(
            _PARTITION.search(each.target_fullname.split(".")[-2]) for each in item.elements
        )
    return not (kind == "table" and name and _PARTITION.search(name))


def _run(connection: Connection) -> None:
    # A migration that waits for a lock must not queue every request behind it.
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_object=_ours,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _main() -> None:
    url = context.config.attributes.get("url") or get_settings().database_url
    engine = create_async_engine(driver_url(url))
    async with engine.connect() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


asyncio.run(_main())

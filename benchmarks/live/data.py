"""The data set: one room and its members, each of them signed in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.db import Database
from app.core.ids import to_global
from app.core.migrate import upgrade
from app.core.tokens import Claims
from app.messaging.types import Conversation
from app.seed import seed_system

_STATEMENTS = (
    """
    INSERT INTO user_account (id, username, username_skeleton, email, password_hash, first_name,
      last_name, time_zone, language, status, email_verified)
    SELECT uuidv7(), 'viewer' || n, 'viewer' || n, 'viewer' || n || '@example.com', '',
      'Zoë ' || n, 'Tester', 'UTC', 'en', 'ACTIVE', true
    FROM generate_series(1, 500) AS n
    """,
    """
    INSERT INTO user_role (user_id, role_id)
    SELECT u.id, r.id FROM user_account AS u JOIN role AS r ON r.name = 'student'
    WHERE u.username LIKE 'viewer%'
    """,
    """
    INSERT INTO auth_session (id, user_id, remember, device_type, device_os, device_browser,
      address, user_agent, last_used_at, expires_at)
    SELECT uuidv7(), id, false, '', '', '', '', '', now(), now() + interval '30 days'
    FROM user_account WHERE username LIKE 'viewer%'
    """,
    "INSERT INTO conversation (id, kind, title) VALUES (uuidv7(), 'ROOM', 'The room')",
    """
    INSERT INTO conversation_member (conversation_id, user_id, joined_at)
    SELECT c.id, u.id, now() FROM conversation AS c
    CROSS JOIN user_account AS u WHERE u.username LIKE 'viewer%'
    """,
    "VACUUM ANALYZE",
)


@dataclass(frozen=True)
class Person:
    """Who writes the messages."""

    id: UUID
    username: str
    first_name: str


@dataclass(frozen=True)
class DataSet:
    """The room, who writes in it, and those who listen."""

    room: UUID
    sender: Person
    viewers: Sequence[Claims]

    @property
    def room_id(self) -> str:
        """The room's global id."""
        return to_global(Conversation.prefix, self.room)


def fill(url: str) -> DataSet:
    """Migrate an empty database and fill it."""
    upgrade(url)
    return asyncio.run(_fill(url))


async def _fill(url: str) -> DataSet:
    database = Database(url, pool_size=1)
    try:
        await seed_system(database)
    finally:
        await database.close()
    connection = await asyncpg.connect(url)
    try:
        for statement in _STATEMENTS:
            await connection.execute(statement)
        return await _known(connection)
    finally:
        await connection.close()


async def _known(connection: asyncpg.Connection) -> DataSet:
    sessions = await connection.fetch("SELECT user_id, id FROM auth_session ORDER BY id")
    sender = await connection.fetchrow(
        "SELECT id, username, first_name FROM user_account WHERE username = 'viewer1'"
    )
    room = await connection.fetchval("SELECT id FROM conversation")
    return DataSet(
        room=UUID(bytes=room.bytes),
        sender=Person(UUID(bytes=sender[0].bytes), sender[1], sender[2]),
        viewers=[Claims(UUID(bytes=row[0].bytes), UUID(bytes=row[1].bytes)) for row in sessions],
    )

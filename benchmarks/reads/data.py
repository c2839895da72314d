"""The data set: made once in an empty database, the same for every server."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.db import Database
from app.core.migrate import upgrade
from app.core.tokens import Claims
from app.seed import seed_system

# Courses belong to instructors, so that none of the viewers sees a draft as its own. Every
# title and text has what JSON has to escape, and is as long as such texts are.
_STATEMENTS = (
    """
    INSERT INTO user_account (id, username, username_skeleton, email, password_hash, first_name,
      last_name, time_zone, language, status, email_verified)
    SELECT uuidv7(), 'viewer' || n, 'viewer' || n, 'viewer' || n || '@example.com', '',
      'Zoë ' || n, 'Tester', 'UTC', 'en', 'ACTIVE', true
    FROM generate_series(1, 200) AS n
    """,
    """
    INSERT INTO user_account (id, username, username_skeleton, email, password_hash, first_name,
      last_name, time_zone, language, status, email_verified)
    SELECT uuidv7(), 'instructor' || n, 'instructor' || n,
      'instructor' || n || '@example.com', '', 'Ida ' || n, 'Novak', 'UTC', 'en', 'ACTIVE', true
    FROM generate_series(1, 20) AS n
    """,
    """
    INSERT INTO user_role (user_id, role_id)
    SELECT u.id, r.id FROM user_account AS u JOIN role AS r
      ON r.name = CASE WHEN u.username LIKE 'viewer%' THEN 'student' ELSE 'instructor' END
    """,
    """
    INSERT INTO auth_session (id, user_id, remember, device_type, device_os, device_browser,
      address, user_agent, last_used_at, expires_at)
    SELECT uuidv7(), id, false, '', '', '', '', '', now(), now() + interval '30 days'
    FROM user_account WHERE username LIKE 'viewer%'
    """,
    """
    INSERT INTO course (id, instructor_id, title, slug, description, topic, category, level,
      language, estimated_hours, status, public, published_at)
    SELECT uuidv7(),
      (SELECT id FROM user_account WHERE username = 'instructor' || 1 + n % 20),
      format('Course %s: the "light" reactions and the Calvin cycle', n), 'course-' || n,
      repeat('What a leaf does with light, and what it doesn''t; said in plain words. ', 8),
      'Photosynthesis', (ARRAY['Biology', 'Chemistry', 'Physics', NULL])[1 + n % 4],
      (enum_range(NULL::courselevel))[1 + n % 4], (ARRAY['en', 'pt', 'de'])[1 + n % 3],
      nullif(n % 40, 0), CASE WHEN n > 500 THEN 'DRAFT' ELSE 'PUBLISHED' END::coursestatus,
      n <= 500,
      CASE WHEN n <= 500 THEN date_trunc('day', now()) - n * interval '1000.123 seconds' END
    FROM generate_series(1, 550) AS n
    """,
    """
    INSERT INTO course_section (id, course_id, title, position)
    SELECT uuidv7(), c.id, format('Section %s of "%s"', n + 1, c.slug), n
    FROM course AS c CROSS JOIN generate_series(0, 9) AS n
    """,
    """
    INSERT INTO lesson (id, section_id, title, position, estimated_minutes, status)
    SELECT uuidv7(), s.id, format('Lesson %s: photolysis of water', n + 1), n, 10 + 5 * n,
      'PUBLISHED'
    FROM course_section AS s CROSS JOIN generate_series(0, 4) AS n
    """,
    """
    INSERT INTO conversation (id, kind, title)
    SELECT uuidv7(), 'ROOM', 'Room ' || n FROM generate_series(1, 50) AS n
    """,
    """
    INSERT INTO conversation_member (conversation_id, user_id, joined_at)
    SELECT c.id, u.id, now() FROM conversation AS c
    CROSS JOIN user_account AS u WHERE u.username LIKE 'viewer%'
    """,
    """
    WITH viewers AS (
      SELECT array_agg(id ORDER BY id) AS ids FROM user_account WHERE username LIKE 'viewer%')
    INSERT INTO message (id, conversation_id, sender_id, kind, body, created_at)
    SELECT uuidv7(), c.id, ids[1 + floor(random() * 200)::int], 'TEXT',
      format('Message %s: where does the "oxygen" come from: the water or the CO₂?', n),
      now() - (200 - n) * interval '61.007 seconds'
    FROM viewers CROSS JOIN generate_series(1, 200) AS n CROSS JOIN conversation AS c
    ORDER BY n, c.id
    """,
)
# How PostGraphile sends a message; it writes what Lyceum writes.
_MESSAGE_SEND = """
CREATE SCHEMA benchmark;
CREATE FUNCTION benchmark.message_send(viewer uuid, conversation uuid, body text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  key uuid := uuidv7();
  stream_name text := 'conversation:' || conversation;
  number bigint;
  data jsonb := jsonb_build_object('conversation_id', conversation, 'message_id', key);
BEGIN
  IF NOT EXISTS (SELECT FROM conversation_member AS cm WHERE cm.conversation_id = conversation
      AND cm.user_id = viewer AND cm.left_at IS NULL) THEN
    RETURN NULL;
  END IF;
  INSERT INTO stream AS s (name, last) VALUES (stream_name, 1)
    ON CONFLICT (name) DO UPDATE SET last = s.last + 1 RETURNING last INTO number;
  INSERT INTO message (id, conversation_id, sender_id, kind, body, sequence)
    VALUES (key, conversation, viewer, 'TEXT', message_send.body, number);
  INSERT INTO stream_event (stream, sequence, kind, data, created_at)
    VALUES (stream_name, number, 'message.sent', data, now());
  INSERT INTO outbox (topic, payload, due_at) VALUES ('EVENT', jsonb_build_object(
    'kind', 'message.sent', 'stream', stream_name, 'sequence', number, 'data', data), now());
  PERFORM pg_notify('outbox', '');
  RETURN key;
END $$;
"""
_WRITTEN = ("message", "stream", "stream_event", "outbox")


@dataclass(frozen=True)
class DataSet:
    """What there is to ask for, and by whom: viewers are signed in."""

    viewers: Sequence[Claims]
    courses: Sequence[UUID]
    conversations: Sequence[UUID]
    last_message: UUID


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
        await connection.execute("SELECT setseed(0.5)")
        for statement in (*_STATEMENTS, _MESSAGE_SEND):
            await connection.execute(statement)
        await connection.execute("VACUUM ANALYZE")
        return await _known(connection)
    finally:
        await connection.close()


async def _known(connection: asyncpg.Connection) -> DataSet:
    sessions = await connection.fetch("SELECT user_id, id FROM auth_session ORDER BY id")
    courses = await connection.fetch("SELECT id FROM course WHERE public ORDER BY id")
    conversations = await connection.fetch("SELECT id FROM conversation ORDER BY id")
    last = await connection.fetchval("SELECT id FROM message ORDER BY id DESC LIMIT 1")
    return DataSet(
        viewers=[Claims(UUID(bytes=row[0].bytes), UUID(bytes=row[1].bytes)) for row in sessions],
        courses=[UUID(bytes=row[0].bytes) for row in courses],
        conversations=[UUID(bytes=row[0].bytes) for row in conversations],
        last_message=UUID(bytes=last.bytes),
    )


def restore(url: str, data: DataSet) -> None:
    """Take out what mutations put in, so that what comes next sees the same tables."""
    asyncio.run(_restore(url, data))


async def _restore(url: str, data: DataSet) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DELETE FROM message WHERE id > $1", data.last_message)
        await connection.execute("TRUNCATE stream, stream_event, outbox")
        for table in _WRITTEN:
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()

"""Keys: UUIDv7 in the database, and one opaque global id in the schema.

A global id is a short type prefix, an underscore and the uuid as PostgreSQL prints it,
so that SQL makes it without work and a person can read it in a log line.
"""

import re
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from app.core.errors import InvalidId

_GLOBAL_ID = re.compile(r"([a-z]{2,6})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def new_id() -> UUID:
    """A new time-ordered key."""
    return uuid7()


def lowest_id(at: datetime) -> UUID:
    """No key made at a time or after it is lower: 48 bits of milliseconds lead (RFC 9562)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def to_global(prefix: str, key: UUID) -> str:
    """The global id of the row `key` of the type that `prefix` stands for."""
    return f"{prefix}_{key}"


def split_global(value: str) -> tuple[str, UUID]:
    """Prefix and key of a global id; `InvalidId` if it isn't one."""
    match = _GLOBAL_ID.fullmatch(value)
    if match is None:
        raise InvalidId(value)
    return match[1], UUID(match[2])


def from_global(prefix: str, value: str) -> UUID:
    """The key in a global id of the one type that is meant; `InvalidId` for any other."""
    found, key = split_global(value)
    if found != prefix:
        raise InvalidId(value)
    return key

"""Documents known by their hash: registered ones in PostgreSQL, automatic ones in Valkey.

A registered document is put in by whoever runs the server (`lyceum documents register`) and
stays until it is forgotten. An automatic one was sent by a client together with its hash, and
is kept for a day after its last use, so that every process knows it.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import Column, LargeBinary, Text, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, col, select

from app.core.clock import now
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import BadRequest, RequestError
from app.core.logging import get_logger
from app.core.tables import Timestamp

_KEPT_SECONDS = 24 * 60 * 60
_PREFIX = "sha256:"
_ID = re.compile(rf"(?:{_PREFIX})?[0-9a-f]{{64}}|[0-9a-f]{{40}}|[0-9a-f]{{32}}")
_SHA256 = re.compile("[0-9a-f]{64}")
# Relay's compiler names a document by its MD5, GraphQL-codegen by its SHA-1, the rest by SHA-256.
_ALGORITHMS = {16: "md5", 20: "sha1", 32: "sha256"}

log = get_logger(__name__)


class PersistedQueryNotFound(RequestError):
    """A hash whose document isn't known. Clients look for these very words, and send the text."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class DocumentNotTrusted(RequestError):
    """A document that nobody registered, on a server that runs registered ones only."""

    code = "DOCUMENT_NOT_TRUSTED"

    def __init__(self) -> None:
        super().__init__("This server runs registered documents only, and this one isn't.")


class TrustedDocument(SQLModel, table=True):
    """A registered document under one of its hashes; `client` says whose it is."""

    __tablename__ = "trusted_document"

    hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    client: str
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)


@dataclass(frozen=True)
class Wanted:
    """What a request names its document by; `automatic` if it may also teach it to the server."""

    hash: bytes | None
    automatic: bool


def digest(text: str, size: int = 32) -> bytes:
    """The hash of a document that has so many bytes: 16 (MD5), 20 (SHA-1) or 32 (SHA-256)."""
    # A lone surrogate is no GraphQL, which is the parser's to say.
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.new(_ALGORITHMS[size], data, usedforsecurity=False).digest()


def read_id(text: str) -> bytes | None:
    """The hash in an id: `sha256:` and 64 digits, or 64, 40 or 32 digits. None: it is none."""
    return bytes.fromhex(text.removeprefix(_PREFIX)) if _ID.fullmatch(text) else None


def document_id(body: Mapping[str, Any]) -> str | None:
    """The id by which a request's parameters name a document, if they do.

    `documentId` is the one of GraphQL over HTTP; `doc_id` and `id`, from Relay's examples,
    count where there is no query. Raises `BadRequest` if `documentId` is no string.
    """
    given = body.get("documentId")
    if given is not None and not isinstance(given, str):
        raise BadRequest("documentId must be a string.")
    if given or body.get("query"):
        return given or None
    others = (body.get(name) for name in ("doc_id", "id"))
    return next((other for other in others if isinstance(other, str) and other), None)


def wanted(extensions: Mapping[str, Any] | None, id: str | None) -> Wanted | None:
    """What a request names its document by, or None. Raises `BadRequest`."""
    if id is not None:
        return Wanted(read_id(id), automatic=False)
    if extensions is not None and not isinstance(extensions, Mapping):
        raise BadRequest("extensions must be an object.")
    given = (extensions or {}).get("persistedQuery")
    if given is None:
        return None
    found = given.get("sha256Hash") if isinstance(given, Mapping) else None
    if not isinstance(found, str) or not _SHA256.fullmatch(found) or given.get("version") != 1:
        raise BadRequest(
            "extensions.persistedQuery must have version 1, and as sha256Hash 64 hexadecimal digits"
            " in lower case."
        )
    return Wanted(bytes.fromhex(found), automatic=True)


class TrustedStore:
    """The texts that all processes share."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self._database = database
        self._redis = redis

    async def registered(self, hash: bytes) -> str | None:
        """The text of a registered document."""
        async with self._database.read() as session:
            return await session.first(
                select(TrustedDocument.text).where(TrustedDocument.hash == hash)
            )

    async def automatic(self, hash: bytes) -> str | None:
        """The text of an automatic document; None without Redis."""
        try:
            found = await self._redis.get(_key(hash))
        except RedisError as error:
            log.warning("documents.unavailable", error=str(error))
            return None
        return found.decode() if found is not None else None

    async def keep(self, hash: bytes, text: str) -> bool:
        """Keep an automatic document for a day from now; False if that can't be done now."""
        try:
            await self._redis.set(_key(hash), text, ex=_KEPT_SECONDS)
        except RedisError as error:
            log.warning("documents.unavailable", error=str(error))
            return False
        return True


def _key(hash: bytes) -> str:
    return f"apq:{hash.hex()}"


async def register(session: WriteSession, documents: Sequence[TrustedDocument]) -> int:
    """Put documents in; says how many weren't there yet."""
    statements = [
        insert(TrustedDocument).values(**document.model_dump()).on_conflict_do_nothing()
        for document in documents
    ]
    return sum([await session.changed(statement) for statement in statements])


async def registered(session: ReadSession) -> list[TrustedDocument]:
    """Every registered document, newest first."""
    newest = col(TrustedDocument.created_at).desc()
    return await session.all(select(TrustedDocument).order_by(newest, col(TrustedDocument.hash)))


async def forget(session: WriteSession, hash: bytes) -> int:
    """Delete a document under all its hashes; says how many those were."""
    text = select(TrustedDocument.text).where(TrustedDocument.hash == hash).scalar_subquery()
    return await session.changed(delete(TrustedDocument).where(col(TrustedDocument.text) == text))

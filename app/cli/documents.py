"""`lyceum documents`: the documents that clients may run by their hash."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema

from app.cli.console import say
from app.core.db import Database
from app.core.graph import trusted
from app.core.graph.bounds import QueryTooComplex
from app.core.graph.documents import Refused, examine
from app.core.graph.trusted import TrustedDocument, digest, read_id
from app.core.settings import Settings
from app.core.startup import StartupError
from app.core.uow import begin

_APOLLO = "apollo-persisted-query-manifest"
_SHOWN = 60


async def register(
    settings: Settings, schema: GraphQLSchema, files: Sequence[Path], client: str | None
) -> None:
    """Register the documents of all files, or none of them if one is refused.

    A file holds one document, or is a manifest: JSON as Relay, GraphQL-codegen or Apollo write
    it. Without the name of a client that of the file is taken. Raises `StartupError`.
    """
    given = [(path, id, text) for path in files for id, text in _read(path)]
    problems = [
        f"{path.name}, {id or 'its document'}: {problem}"
        for path, id, text in given
        for problem in _problems(schema, id, text)
    ]
    for problem in problems:
        say(problem)
    if problems:
        raise StartupError("Nothing was registered: every document must be one that may run.")
    rows = [row for path, id, text in given for row in _rows(id, text, client or path.name)]
    async with _database(settings) as database, begin(database) as uow:
        new = await trusted.register(uow.session, rows)
    texts = len({text for _, _, text in given})
    say(f"Documents: {texts}; hashes that were not registered yet: {new}.")


async def show(settings: Settings) -> None:
    """One line for each hash, newest first."""
    async with _database(settings) as database, database.read() as session:
        found = await trusted.registered(session)
    for row in found:
        words = " ".join(row.text.split())
        start = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
        say(f"{row.hash.hex()}  {row.created_at:%Y-%m-%d %H:%M}  {row.client}  {start}")
    if not found:
        say("No document is registered.")


async def forget(settings: Settings, id: str) -> None:
    """Forget a document, under all its hashes. Raises `StartupError` if there is none."""
    hash = read_id(id)
    async with _database(settings) as database, begin(database) as uow:
        count = await trusted.forget(uow.session, hash) if hash is not None else 0
    if count == 0:
        raise StartupError(f"There is no registered document {id}.")
    say(f"{id} is forgotten: servers of registered documents run it for a minute more at most.")


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url, pool_size=1)
    try:
        yield database
    finally:
        await database.close()


def _read(path: Path) -> Iterator[tuple[str | None, str]]:
    """The documents of a file, each with the id that the file gives it."""
    try:
        text = path.read_text(encoding="utf-8")
        given = json.loads(text) if path.suffix == ".json" else {}
    except ValueError as error:
        raise StartupError(f"{path} can't be read: {error}.") from error
    if path.suffix != ".json":
        yield None, text
    elif not _is_manifest(entries := _entries(given)):
        raise StartupError(
            f"{path} is no manifest: an object of hashes and documents, or Apollo's"
            f' "{_APOLLO}" of version 1.'
        )
    else:
        yield from entries


def _entries(given: Any) -> list[tuple[Any, Any]]:
    if not isinstance(given, dict):
        return []
    if given.get("format") != _APOLLO:
        return list(given.items())
    operations = given.get("operations")
    if given.get("version") != 1 or not isinstance(operations, list):
        return []
    fields = [one if isinstance(one, dict) else {} for one in operations]
    return [(one.get("id"), one.get("body")) for one in fields]


def _is_manifest(entries: list[tuple[Any, Any]]) -> bool:
    return bool(entries) and all(isinstance(part, str) for entry in entries for part in entry)


def _problems(schema: GraphQLSchema, id: str | None, text: str) -> Iterator[str]:
    hash = read_id(id) if id is not None else digest(text)
    if hash is None or digest(text, len(hash)) != hash:
        yield "the id is no hash (SHA-256, SHA-1 or MD5) of the document."
    try:
        examine(schema, text)
    except Refused as error:
        yield from (one.message for one in error.errors)
    except QueryTooComplex as error:
        yield error.message


def _rows(id: str | None, text: str, client: str) -> Iterator[TrustedDocument]:
    """A row for the hash by which the server knows a text, and one for the client's own."""
    for hash in {digest(text), (id and read_id(id)) or digest(text)}:
        yield TrustedDocument(hash=hash, text=text, client=client)

"""Writing an archive: page by page from the database, piece by piece from the object store."""

import asyncio
from collections.abc import AsyncIterator
from enum import Enum
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from sqlalchemy import Column, LargeBinary, Table
from sqlalchemy.dialects.postgresql import TSVECTOR

from app.core import personal
from app.core.clock import now
from app.core.resources import Resources
from app.privacy.store import exports as store
from app.privacy.store import owned
from app.privacy.store.owned import Person

Row = dict[str, Any]


def shown(table: Table) -> list[Column[Any]]:
    """The columns of a table that an archive has: no secrets, and nothing that only serves SQL."""
    return [
        column
        for column in table.columns
        if column.computed is None
        and not isinstance(column.type, LargeBinary | TSVECTOR)
        and not {"secret", "sealed"} & column.info.keys()
    ]


async def write(resources: Resources, person: Person, file: Path) -> None:
    """An archive of all that is a person's, as a ZIP in a new file."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        about = {"made_at": now(), "account": str(person.id)}
        archive.writestr("about.json", orjson.dumps(about, option=orjson.OPT_INDENT_2))
        for table in owned.exported():
            names = await _list(archive, table.name, _pages(resources, table, person))
            for name in names:
                await _copy(resources, archive, name)
        await _list(archive, "audit", _audit(resources, person))


async def _list(
    archive: ZipFile, name: str, pages: AsyncIterator[tuple[list[Row], list[str]]]
) -> list[str]:
    """One JSON list of rows, a line each; gives the objects that they name."""
    objects: list[str] = []
    first = True
    with archive.open(f"{name}.json", "w", force_zip64=True) as handle:
        handle.write(b"[")
        async for rows, names in pages:
            objects += names
            lines = [orjson.dumps(row, default=_plain) for row in rows]
            await asyncio.to_thread(handle.write, (b"\n" if first else b",\n") + b",\n".join(lines))
            first = False
        handle.write(b"\n]\n")
    return objects


async def _pages(
    resources: Resources, table: Table, person: Person
) -> AsyncIterator[tuple[list[Row], list[str]]]:
    columns, keys = shown(table), owned.keys(table)
    where = owned.theirs(table, person, exported=True)
    last = None
    while True:
        async with resources.database.read() as session:
            rows = await session.rows(owned.page(table, [*keys, *columns], where, last))
        if not rows:
            return
        made = [
            {column.name: value for column, value in zip(columns, row[len(keys) :], strict=True)}
            for row in rows
        ]
        yield made, _replace_objects(table, made)
        last = rows[-1][: len(keys)]


def _replace_objects(table: Table, rows: list[Row]) -> list[str]:
    """Put where an archive has them for the names of objects; gives those names."""
    found = []
    for column in personal.files(table):
        for row in rows:
            if name := row.get(column.name):
                found.append(name)
                row[column.name] = _place(name)
    return found


def _place(name: str) -> str:
    return f"files/{name}"


async def _copy(resources: Resources, archive: ZipFile, name: str) -> None:
    stored = await resources.objects.open(name)
    if stored is None:
        return
    with archive.open(_place(name), "w", force_zip64=True) as handle:
        async for piece in stored.pieces:
            await asyncio.to_thread(handle.write, piece)


async def _audit(
    resources: Resources, person: Person
) -> AsyncIterator[tuple[list[Row], list[str]]]:
    """What the audit log has of what they did."""
    last, names = 0, store.audited_names()
    while True:
        async with resources.database.read() as session:
            rows = await store.audited(session, person.id, last, owned.PAGE)
        if not rows:
            return
        yield [dict(zip(names, row, strict=True)) for row in rows], []
        last = rows[-1][0]


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else str(value)

"""A person with a row in every table that can have one, and all that can be found of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, Column, LargeBinary, Table, insert, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel, select

from app.accounts.models import AccountStatus, Role
from app.core import personal
from app.core.clock import now
from app.core.resources import Resources
from app.privacy.models import ExportStatus, RetentionPolicy
from app.privacy.store import owned
from app.privacy.store.owned import Person
from tests.engine import rules
from tests.engine.filling import Filling, Row, Rule

_NAME = "Zebedee"
# Filled by the installation, or by the audit log alone.
_SYSTEM = ("permission", "role", "role_permission", "retention_policy", "place_release")
_AUDIT = ("audit_entry", "audit_detail", "audit_person")
_STRANGERS = 4


@dataclass
class Belongings:
    """`person` and everything that was put into the database for them.

    `words` are texts that nobody else wrote, each with its table; `kept_back` are those of them
    that no archive has.
    """

    person: Person
    words: dict[str, str] = field(default_factory=dict)
    kept_back: set[str] = field(default_factory=set)
    objects: list[str] = field(default_factory=list)

    def needles(self) -> set[str]:
        """Whatever would give them away, in lower case."""
        known = {str(self.person.id), self.person.email, self.person.username}
        return {each.casefold() for each in (*known, *self.words, _NAME)}


def _referred(column: Column[Any]) -> Iterable[str]:
    if personal.mark(column):
        target = personal.target(column)
        yield target.table.name if target is not None else "user_account"
    for key in column.foreign_keys:
        yield key.column.table.name


def _in_order() -> list[Table]:
    """Tables after those that their rows lead to, by references or by marks."""
    left = list(SQLModel.metadata.sorted_tables)
    made: list[Table] = []
    while left:
        for table in left:
            before = {name for column in table.columns for name in _referred(column)}
            if before <= {table.name, *(each.name for each in made)}:
                left.remove(table)
                made.append(table)
                break
        else:
            raise AssertionError(f"{[table.name for table in left]} lead to each other")
    return made


class Filler:
    """Puts rows into every table: somebody's, by every mark, and strangers'."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        today = now()
        base = datetime(today.year, today.month, 1, tzinfo=today.tzinfo)
        # What is held isn't erased.
        over: dict[str, Rule] = {
            "retention_hold.until": lambda filling, _: filling.past(),
            # One that is waited for has no object yet.
            "data_export.status": lambda _, __: ExportStatus.READY,
            # Nor is one good for ever, in words that no clock knows.
            "data_export.expires_at": lambda filling, _: filling.future(),
            # Beyond those that the database counts up to.
            "outbox.id": lambda filling, _: 2**40 + filling.rng.getrandbits(30),
            "user_role.expires_at": lambda _, __: None,
            # Whose sign-in is locked can't ask for anything.
            "login_failures.lockout_end": lambda filling, _: filling.past(),
            "ai_model.default_for": lambda _, __: None,
        }
        self._filling = Filling(Random(7), base, {**rules.RULES, **over})
        self._mine: dict[str, Row] = {}
        self._theirs: dict[str, list[Row]] = {}
        self._made: Belongings | None = None

    @property
    def made(self) -> Belongings:
        assert self._made is not None
        return self._made

    async def fill(self, password_hash: str) -> Belongings:
        """Fill everything; the account has this hash."""
        async with self._resources.database.write() as session:
            self._filling.rows["role"] = [
                {"id": key} for key in await session.all(select(Role.id).order_by(Role.name))
            ]
            self._filling.rows["retention_policy"] = [
                {"id": key} for key in await session.all(select(RetentionPolicy.id))
            ]
            for table in _in_order():
                if table.name in (*_SYSTEM, *_AUDIT, "account_deletion"):
                    continue
                rows = self._rows(table, password_hash)
                await session.execute(insert(table), rows)
            saved = {"saved_by_id": self.made.person.id}
            await session.execute(update(RetentionPolicy).values(saved))
            await session.commit()
        for name in self.made.objects:
            await self._resources.objects.put(name, f"{_NAME} {name}".encode())
        return self.made

    def _rows(self, table: Table, password_hash: str) -> list[Row]:
        if table.name == "user_account":
            return self._people(table, password_hash)
        given = [self._wordy(table, row, goes=goes) for row, goes in self._leading(table)]
        with self._among_others():
            self._filling.fill(table, given, len(given))
        rows = self._filling.rows[table.name]
        assert len(rows) == len(given), f"a row of {table.name} is like another"
        theirs = rows[:]
        with self._among_others():
            self._filling.fill(table, (), len(rows) + _STRANGERS)
        if theirs and personal.is_theirs(table):
            self._mine[table.name] = theirs[0]
            self._theirs[table.name] = theirs
        for column in personal.files(table):
            self.made.objects += [row[column.name] for row in theirs if row[column.name]]
        return self._filling.rows[table.name]

    @contextmanager
    def _among_others(self) -> Iterator[None]:
        """What chance leads to isn't the person's."""
        everybody = {name: self._filling.rows[name] for name in self._theirs}
        for name, theirs in self._theirs.items():
            mine = {id(row) for row in theirs}
            self._filling.rows[name] = [row for row in everybody[name] if id(row) not in mine]
        try:
            yield
        finally:
            self._filling.rows.update(everybody)

    def _people(self, table: Table, password_hash: str) -> list[Row]:
        # In the middle, so that among two who are in order they can be either.
        keys = sorted(self._filling.key() for _ in range(11))
        row: Row = {
            "id": keys[5],
            "email": f"{_NAME}@example.com",
            "username": _NAME,
            "status": AccountStatus.ACTIVE,
            "password_hash": password_hash,
        }
        self._made = Belongings(Person(UUID(int=0)))
        row = self._wordy(table, row, goes=True)
        given = [row, *({"status": AccountStatus.ACTIVE} for _ in rules.PEOPLE)]
        self._filling.fill(table, given, len(given))
        rows = self._filling.rows[table.name]
        self._made.person = Person(rows[0]["id"], rows[0]["email"], rows[0]["username"])
        self._mine[table.name] = rows[0]
        self._theirs[table.name] = rows[:1]
        return rows

    def _leading(self, table: Table) -> Iterator[tuple[Row, bool]]:
        """A row for each way in which a column can lead to the person, and whether it goes."""
        for column in personal.owners(table):
            mark = personal.mark(column)
            assert mark is not None
            goes = mark.fate is personal.Fate.ERASE
            if mark.names:
                for name in self.made.person.named(mark.names):
                    yield {column.name: name}, goes
            elif mark.erased_if:
                yield from self._staying_and_going(column)
            else:
                yield {column.name: self._value(column)}, goes

    def _staying_and_going(self, column: Column[Any]) -> Iterator[tuple[Row, bool]]:
        """A row that stays, and one that goes."""
        name = f"{column.table.name}.{column.name}"
        if name == "calendar_occurrence.event_id":
            stays, goes = self._theirs["calendar_event"]
            yield {"event_id": stays["id"]}, False
            yield {"event_id": goes["id"]}, True
            return
        group = self._filling.rows.get("class")
        conditions: dict[str, tuple[Row, Row]] = {
            "course.instructor_id": ({"public": True}, {"public": False}),
            "calendar_event.owner_id": (
                {"class_id": group and group[0]["id"], "pod_id": None},
                {"class_id": None, "pod_id": None},
            ),
        }
        for row, goes in zip(conditions[name], (False, True), strict=True):
            yield {column.name: self._value(column), **row}, goes

    def _value(self, column: Column[Any]) -> Any:
        target, person = personal.target(column), self.made.person
        if target is not None:
            key = self._mine[target.table.name][target.name]
            return [key] if isinstance(column.type, ARRAY) else key
        if isinstance(column.type, LargeBinary):
            return f'{{"user": "{person.id}"}}'.encode()
        named = {"user_id": str(person.id)}
        return named if isinstance(column.type, JSONB) else f"of {person.id}"

    def _wordy(self, table: Table, row: Row, *, goes: bool) -> Row:
        """The row, with words of the person's own in every column that says something of them:
        where it stays, in those that are emptied.
        """
        ways = [personal.mark(table.c[name]) for name in row]
        wordless = (personal.Fate.UNNAME, personal.Fate.FOLLOW)
        only_named = all(way and way.fate in wordless for way in ways if way)
        if only_named and table.name != "user_account":
            return row
        said = [way.empties for way in ways if way and way.empties is not None and not goes]
        for column in personal.personal(table):
            kept = any(column.name not in empties for empties in said)
            if column.name in row or not personal.has_text(column) or kept:
                continue
            exported = all(way.exported for way in ways if way)
            row[column.name] = self._words(column, exported=exported)
        for column in personal.files(table):
            row[column.name] = f"somewhere/{table.name}/{column.name}/{len(self.made.objects)}"
        return row

    def _words(self, column: Column[Any], *, exported: bool) -> Any:
        text = f"qz{len(self.made.words)}of"
        self.made.words[text] = column.table.name
        if not exported:
            self.made.kept_back.add(text)
        if isinstance(column.type, ARRAY):
            return [text]
        if isinstance(column.type, JSONB):
            return [{"concept": text}]
        return text


async def everything(resources: Resources) -> dict[str, list[str]]:
    """Every row of every table as text in lower case; bytes as hexadecimal digits."""
    connection = await asyncpg.connect(resources.database.url)
    try:
        names = await connection.fetch(
            "SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n"
            " ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public'"
        )
        return {
            name: [
                row.casefold()
                for (row,) in await connection.fetch(f"SELECT t::text FROM {name} AS t")  # noqa: S608
            ]
            for (name,) in names
        }
    finally:
        await connection.close()


def found_in(text: str, needles: Iterable[str]) -> list[str]:
    """Which needles a text has, also among bytes, and a key also without its hyphens."""
    return [
        each
        for each in needles
        if each in text or each.encode().hex() in text or each.replace("-", "") in text
    ]


async def kept_by_valkey(resources: Resources) -> str:
    """Every key and value of Valkey."""
    seen = []
    async for key in resources.redis.scan_iter():
        seen += [key, await resources.redis.dump(key) or b""]
    return b" ".join(seen).decode("latin-1").casefold()


def kept_in_files(folder: Path) -> dict[str, str]:
    """Names and contents of all stored objects."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    return {
        str(each.relative_to(folder)): each.read_bytes().decode("latin-1").casefold()
        for each in files
    }


async def led_to(resources: Resources, person: Person) -> dict[str, int]:
    """How many rows lead to a person, by marked column."""
    counts = {}
    async with resources.database.read() as session:
        for column in owned.marked():
            rows = await session.rows(
                select(column).where(owned.leads_to(column, person))  # type: ignore[arg-type]
            )
            counts[f"{column.table.name}.{column.name}"] = len(rows)
    return counts


def ago(days: int) -> datetime:
    """So many days before now."""
    return now() - timedelta(days=days)

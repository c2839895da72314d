"""How root fields are called, and what a call leads to."""

from collections.abc import Iterator
from typing import Any

from app.core.ids import to_global
from tests.engine.eyes import Rows
from tests.engine.room import Calls

# So many rows are tried where `nodes` tries all of them in the same way.
_SAMPLE = 12


def by_id(table: str, prefix: str, argument: str = "id") -> Calls:
    """One by its key; of what only such fields lead to, every row there is."""

    def calls(rows: Rows) -> Iterator[tuple[str, Any]]:
        among = rows.tables[table]
        for row in among[:_SAMPLE] if argument == "id" else among:
            yield f'({argument}: "{to_global(prefix, row["id"])}")', lambda _, row=row: row

    return calls


def pages_of(table: str) -> Calls:
    """A connection of every row that somebody sees, from both ends."""

    def calls(rows: Rows) -> Iterator[tuple[str, Any]]:
        yield "(first: 100)", lambda _: rows.tables[table]
        yield "(last: 100)", lambda _: rows.tables[table]

    return calls


def page_of(table: str) -> Calls:
    """The same for those with lists below them, which cost too much twice."""

    def calls(rows: Rows) -> Iterator[tuple[str, Any]]:
        yield "(first: 100)", lambda _: rows.tables[table]

    return calls


def list_of(table: str) -> Calls:
    """A plain list of every row."""

    def calls(rows: Rows) -> Iterator[tuple[str, Any]]:
        yield "", lambda _: rows.tables[table]

    return calls

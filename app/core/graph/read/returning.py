"""What a payload shows of a row that is written, given by the statement that writes it.

A statement sees the database as it was before it. So one that writes a row calls that row by the
name of its table: what a payload shows of it is read below, word for word as from the table. It
can't be where the selection leads to what else the statement writes.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from app.core.graph.read.grouping import Answer
from app.core.graph.read.statement import with_terms

# Where the columns go, in the statement that writes: behind its own.
RETURNED = "/* returned */"
_NOTHING = b"null"


@dataclass(frozen=True)
class Writes:
    """What a statement writes: a row of a table, known by a parameter, and rows of others.

    It has the row as a CTE of the table's name, with all columns.
    """

    table: type[Any]
    key: str
    others: frozenset[str]

    @property
    def name(self) -> str:
        """The table's."""
        name: str = self.table.__tablename__
        return name

    def can_give(self, sql: str) -> bool:
        """Whether columns that read the row see nothing else that is written."""
        return _count(self.name, sql) == 1 and not any(_count(each, sql) for each in self.others)


def _count(table: str, sql: str) -> int:
    """How often a table is named, but for its columns; rather once too often."""
    return len(re.findall(rf"(?<![\w.\"]){table}(?![\w.\"])", sql))


@dataclass
class Column:
    """A payload's column that shows the row, and its parameters, `None` for the row's key."""

    sql: str
    parameters: tuple[str | None, ...]
    key: str
    _wholes: dict[str, str] = field(default_factory=dict)

    def within(self, whole: str, count: int) -> str:
        """A statement, which has so many parameters of its own, with the column."""
        made = self._wholes.get(whole)
        if made is None:
            numbers = iter(range(count + 1, count + len(self.parameters) + 1))
            terms = [f"${next(numbers)}" if name else self.key for name in self.parameters]
            column = with_terms(self.sql, terms)
            made = self._wholes[whole] = whole.replace(RETURNED, f", ({column})")
        return made


@dataclass
class Returning:
    """What one mutation wants to have with the row that it writes, and what it got."""

    column: Column
    parameters: tuple[Any, ...]
    answer: Answer | None = None

    def take(self, column: bytes) -> None:
        """What the statement gave: nothing if it didn't write the row."""
        if column != _NOTHING:
            self.answer = Answer.of([column])

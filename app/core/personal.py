"""Whose a row is, and what becomes of it when that account is erased: said on a column.

The column is the one that leads to the owner: it has the user's key, the key of another row that
is theirs, several keys, or a text that names the user. Export and erasure read nothing but these
marks and `PERSONAL`, so that a new table can't be forgotten: a test asks every table for them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from sqlalchemy import ARRAY, Column, String, Table
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects.postgresql import CITEXT, JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from app.core.jobs import Job

_USER: Final = "user_account"


class Fate(Enum):
    """What becomes of a row."""

    # It is theirs alone, and goes.
    ERASE = auto()
    # It is theirs and others need it: its personal columns are emptied, and it is nobody's.
    ANONYMISE = auto()
    # It isn't theirs, it only names them: no longer.
    UNNAME = auto()
    # It goes or stays with the row that the column leads to, and says nothing of anybody.
    FOLLOW = auto()


@dataclass(frozen=True)
class Owner:
    """The mark on a column that leads to a row's owner.

    `of` is the `table.column` that the value equals, where no foreign key says so. `names` are
    the texts by which a text column names the user, made of `{id}`, `{email}`, `{username}`; a
    text or JSON column without them may have the user's key anywhere. What ANONYMISE empties is
    `empties`, or else all personal columns, and those of the row that the column `along` leads
    to; `then` sets further columns, in SQL. `erased_if` is SQL that is true for rows that are
    erased instead. Rows of the table `after` are given up before these. What isn't `exported` is
    in no archive.
    """

    fate: Fate
    of: str = ""
    names: tuple[str, ...] = ()
    empties: tuple[str, ...] | None = None
    along: str = ""
    then: Mapping[str, str] = field(default_factory=dict)
    erased_if: str = ""
    after: str = ""
    exported: bool = True


def owner(fate: Fate, **more: Any) -> dict[str, Any]:
    """The mark, as a column takes it: the fields of `Owner`."""
    return {"info": {"owner": Owner(fate, **more)}}


ERASE: Final = owner(Fate.ERASE)
ANONYMISE: Final = owner(Fate.ANONYMISE)
UNNAME: Final = owner(Fate.UNNAME)
FOLLOW: Final = owner(Fate.FOLLOW)

# A text beside personal ones that says nothing of a person.
IMPERSONAL: Final[dict[str, Any]] = {"info": {"personal": False}}

# What signs somebody in, such as a hash: in no archive.
SECRET: Final[dict[str, Any]] = {"info": {"secret": True}}

# The name of an object in the store, which goes with its row, and is in an archive with it.
FILE: Final[dict[str, Any]] = {"info": {"file": True}}

# The same, in no archive: what only the program can open, and archives themselves.
HIDDEN_FILE: Final[dict[str, Any]] = {"info": {"file": True, "secret": True}}


def ended_by(job: str, argument: str) -> dict[str, Any]:
    """The name of something elsewhere: a job that is given it ends that when the row is erased."""
    return {"info": {"personal": False, "ended_by": (job, argument)}}


def mark(column: Column[Any]) -> Owner | None:
    """What a column says of its row's owner."""
    found: Owner | None = column.info.get("owner")
    return found


def owners(table: Table) -> list[Column[Any]]:
    """The columns of a table that lead to its rows' owners."""
    return [column for column in table.columns if mark(column) is not None]


def is_theirs(table: Table) -> bool:
    """Whether a table has rows that are somebody's, and don't only name them."""
    marks = [found.fate for column in table.columns if (found := mark(column)) is not None]
    return table.name == _USER or any(fate is not Fate.UNNAME for fate in marks)


def target(column: Column[Any]) -> Column[Any] | None:
    """The column whose value the marked column has; None for one that names the user in words."""
    found = mark(column)
    if found is not None and found.of:
        table, _, name = found.of.partition(".")
        return SQLModel.metadata.tables[table].columns[name]
    return next((key.column for key in column.foreign_keys), None)


def is_user(column: Column[Any]) -> bool:
    """Whether it is the key of users."""
    return column.table.name == _USER and column.primary_key


def has_text(column: Column[Any]) -> bool:
    """Whether a column can hold what somebody wrote."""
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    kind = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    written = isinstance(kind, String | CITEXT | JSONB) and not isinstance(kind, EnumType)
    return written and column.computed is None and not column.foreign_keys


def is_said(column: Column[Any]) -> bool:
    """Whether a column that has text says what kind of text."""
    return bool({"personal", "secret", "sealed", "file", "owner"} & column.info.keys())


def personal(table: Table) -> list[Column[Any]]:
    """The columns of a table that say something about a person."""
    return [column for column in table.columns if column.info.get("personal")]


def files(table: Table) -> list[Column[Any]]:
    """The columns of a table that name objects in the store."""
    return [column for column in table.columns if column.info.get("file")]


def endings(table: Table) -> list[tuple[Column[Any], Callable[[str], Job]]]:
    """The columns of a table that name something elsewhere, each with the job that ends that."""
    return [(each, _ending(*by)) for each in table.columns if (by := each.info.get("ended_by"))]


def _ending(job: str, argument: str) -> Callable[[str], Job]:
    return lambda name: Job.registry[job].model_validate({argument: name})

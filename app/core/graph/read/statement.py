"""A compiled expression as PostgreSQL gets it: alone, or for many tuples of parameters at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import asyncpg

from app.core.graph.read.emit import Expression, quoted
from app.core.graph.read.viewing import is_parameter

_DIALECT: Any = asyncpg.dialect()  # type: ignore[no-untyped-call]
_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True)
class Statement:
    """SQL whose columns are finished JSON, and the last one the version of the viewer's rights.

    `alone` takes the parameters and, last, the viewer's auth session; `together` takes one array
    for each parameter and, last, one of auth sessions; None if a parameter is an array itself.
    """

    parameters: tuple[str, ...]
    alone: str
    together: str | None


def statement(columns: Sequence[Expression], rights: Select[Any]) -> Statement:
    """The statement for these columns. `rights` selects a version by one parameter."""
    names: list[str] = []
    types: list[str] = []
    terms = "SELECT "
    if columns:
        sql, names, types = rendered(select(*map(in_bytes, columns)))
        terms = f"{sql}, "
    version, _, _ = rendered(rights)
    alone = f"{terms}({with_terms(version, [f'${len(names) + 1}'])})"
    if any("[" in each for each in types):
        return Statement(tuple(names), alone, None)
    each_version = with_terms(version, ["s.id"])
    versions = (
        f"(SELECT array_agg(({each_version}) ORDER BY s.n)"  # noqa: S608
        f" FROM unnest(${len(names) + 1}::uuid[]) WITH ORDINALITY AS s (id, n))"
    )
    if not names:
        return Statement((), alone, f"{terms}{versions}")
    arrays = ", ".join(f"${number}::{each}[]" for number, each in enumerate(types, 1))
    inside = ", ".join(f"p{number}" for number in range(1, len(names) + 1))
    of_row = with_terms(terms, [f"g.p{number}" for number in range(1, len(names) + 1)])
    together = (
        f"{of_row}CASE WHEN g.n = 1 THEN {versions} END"
        f" FROM unnest({arrays}) WITH ORDINALITY AS g ({inside}, n) ORDER BY g.n"
    )
    return Statement(tuple(names), alone, together)


def in_bytes(column: Expression) -> Expression:
    """A column as it goes to the socket."""
    return func.convert_to(column, quoted("UTF8"))


def with_terms(sql: str, terms: Sequence[str]) -> str:
    """SQL with these terms in place of its numbered parameters."""
    return _PARAMETER.sub(lambda found: terms[int(found[1]) - 1], sql)


def rendered(whole: Select[Any]) -> tuple[str, list[str], list[str]]:
    """SQL, the names of its parameters and their types. What has a value is part of the SQL.

    A value that is known is worth more to the planner than a parameter: partial indexes.
    """
    compiled: Any = whole.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    terms, names, types = [], [], []
    for name in compiled.positiontup or ():
        # What stands in a list of values is numbered after the list's own parameter.
        own = name if name in compiled.binds else name.rpartition("_")[0]
        kind = compiled.binds[own].type
        if is_parameter(name):
            names.append(name)
            types.append(kind.compile(dialect=_DIALECT))
            terms.append(f"${len(names)}")
        else:
            terms.append(_literal(kind, compiled.params[name]))
    return with_terms(compiled.string, terms), names, types


def _literal(kind: Any, value: Any) -> str:
    if value is None:
        return "NULL"
    processor = kind.dialect_impl(_DIALECT).literal_processor(_DIALECT)
    text: str = processor(value) if processor else str(quoted(value))
    return text

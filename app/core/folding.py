"""Names as people type them: without accents, in lower case.

The database folds: what is searched for and what is found go through one function.
"""

from typing import Any

from sqlalchemy import Column, ColumnElement, Computed, Index, Text, func, literal_column

# `unaccent` isn't immutable, because its dictionary could change; named, it may stand in an index.
CREATE_FOLDED = """
    CREATE FUNCTION folded(given text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, given)) $$
"""
DROP_FOLDED = "DROP FUNCTION folded(text)"

_ANY: ColumnElement[str] = literal_column("'%'", Text())
_SPECIAL: ColumnElement[str] = literal_column(r"E'([\\\\%_])'", Text())
_ESCAPED: ColumnElement[str] = literal_column(r"E'\\\\\\1'", Text())
_EVERYWHERE: ColumnElement[str] = literal_column("'g'", Text())


def folded_column(expression: str) -> Any:
    """A column that the database keeps: an expression's text, folded."""
    return Column(Text, Computed(f"folded({expression})", persisted=True), nullable=False)


def found_in(table: str, column: str) -> Index:
    """The index that `contains` uses."""
    return Index(
        f"ix_{table}_{column}_trigrams",
        column,
        postgresql_using="gin",
        postgresql_ops={column: "gin_trgm_ops"},
    )


def contains(folded: Any, words: Any) -> ColumnElement[bool]:
    """Whether a folded text has these words in it, however they are written."""
    plain = func.regexp_replace(func.folded(words), _SPECIAL, _ESCAPED, _EVERYWHERE, type_=Text())
    wanted: ColumnElement[bool] = folded.like(_ANY.concat(plain).concat(_ANY))
    return wanted

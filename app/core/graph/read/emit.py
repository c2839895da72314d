"""JSON written by the database.

`format` with `string_agg` builds nested JSON faster than PostgreSQL's JSON functions. Two
characters that JSON never has inside a string have a meaning here: a line break stands before
each thing that costs something, so that counting them gives an answer's actual cost, and
`POISON` stands where there is a null that the schema forbids, or a value that JSON can't say:
such an answer is thrown away, and the ordinary execution finds the words for what is wrong.
"""

from collections.abc import Callable
from typing import Any

import orjson
from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLOutputType
from sqlalchemy import ColumnElement, Numeric, Text, case, cast, func, literal_column
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

COUNTED = "\n"
POISON = "\x01"
# PostgreSQL's limit is 100, the template included.
_MOST_ARGUMENTS = 90

Expression = ColumnElement[Any]


def quoted(text: str) -> Expression:
    """A constant of the statement."""
    escaped = text.replace("'", "''")
    if POISON in escaped:
        escaped = escaped.replace("\\", "\\\\").replace(POISON, "\\x01")
        return literal_column(f"E'{escaped}'", Text())
    return literal_column(f"'{escaped}'", Text())


_NULL = quoted("null")
_POISON = quoted(POISON)


class Json:
    """A piece of JSON: constant text and expressions, in their order."""

    def __init__(self, *parts: "str | Expression | Json") -> None:
        self.parts: list[str | Expression] = []
        for part in parts:
            self.add(part)

    def add(self, part: "str | Expression | Json") -> None:
        """Append; neighbouring constants become one."""
        if isinstance(part, Json):
            for each in part.parts:
                self.add(each)
        elif isinstance(part, str) and self.parts and isinstance(self.parts[-1], str):
            self.parts[-1] += part
        else:
            self.parts.append(part)

    def expression(self) -> Expression:
        """One SQL expression of type text; never null."""
        count = sum(not isinstance(part, str) for part in self.parts)
        if count == 0:
            return quoted("".join(str(part) for part in self.parts))
        if count <= _MOST_ARGUMENTS:
            return _format(self.parts)
        half = len(self.parts) // 2
        return _format(
            [Json(*self.parts[:half]).expression(), Json(*self.parts[half:]).expression()]
        )


def _format(parts: list[str | Expression]) -> Expression:
    template, arguments = "", []
    for part in parts:
        if isinstance(part, str):
            template += part.replace("%", "%%")
        else:
            template += "%s"
            arguments.append(part)
    return func.format(quoted(template), *arguments, type_=Text())


def named(members: list[tuple[str, Json]]) -> Json:
    """An object, or the inside of the answer, with these members."""
    made = Json("{")
    for number, (key, value) in enumerate(members):
        made.add(("," if number else "") + orjson.dumps(key).decode() + ":")
        made.add(value)
    made.add("}")
    return made


def or_null(expression: Expression) -> Expression:
    """`null` where there is nothing."""
    return func.coalesce(expression, _NULL, type_=Text())


def required(expression: Expression) -> Expression:
    """Poison where there is nothing and the schema says that there is something."""
    return func.coalesce(expression, _POISON, type_=Text())


def choose(condition: ColumnElement[bool], then: Expression) -> Expression:
    """`null` unless a condition holds."""
    return case((condition, then), else_=_NULL)


def joined(expression: Expression, *, order: Any = None, where: Any = None) -> Json:
    """A list of the rows' JSON: as they come, or in an order."""
    comma = quoted(",")
    separator = comma if order is None else aggregate_order_by(comma, order)
    listed: Any = func.string_agg(expression, separator)
    if where is not None:
        listed = listed.filter(where)
    return Json("[", func.coalesce(listed, quoted(""), type_=Text()), "]")


def truth(expression: Expression) -> Expression:
    """A boolean, which `format` would print as `t` or `f`."""
    return cast(expression, Text)


def _float(value: Expression) -> Expression:
    # Plain decimals, the shortest that mean the number, as the ordinary execution prints them.
    plain = cast(func.trim_scale(cast(cast(value, Text), Numeric)), Text)
    finite = value.not_in([literal_column("'NaN'::float8"), *_INFINITE])
    return case((finite, plain), else_=case((value.is_(None), None), else_=_POISON))


_INFINITE: tuple[Expression, ...] = (
    literal_column("'Infinity'::float8"),
    literal_column("'-Infinity'::float8"),
)


def _time(value: Expression) -> Expression:
    printed = cast(func.to_json(value), Text)
    return case((func.isfinite(value), printed), (value.is_(None), None), else_=_POISON)


def _text(value: Expression) -> Expression:
    return cast(func.to_json(cast(value, Text)), Text)


def _plain(value: Expression) -> Expression:
    return cast(value, Text)


def _list(values: Expression, *, needed: bool) -> Expression:
    """Texts; `needed` says that null is none of them."""
    printed: Expression = cast(func.to_json(values), Text)
    if not needed:
        return printed
    missing = func.array_position(values, literal_column("NULL::text")).is_not(None)
    return case((missing, _POISON), else_=printed)


_LEAVES: dict[str, Callable[[Expression], Expression]] = {
    "String": _text,
    "ID": _text,
    "Int": _plain,
    "Boolean": _plain,
    "Float": _float,
    "DateTime": _time,
    "Date": _time,
    "Decimal": _text,
}


def _bare(kind: GraphQLOutputType) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def can_print(kind: GraphQLOutputType) -> bool:
    """Whether the database can print a leaf of this type: of lists, strings and enums."""
    bare = _bare(kind)
    if isinstance(bare, GraphQLList):
        bare = _bare(bare.of_type)
        return isinstance(bare, GraphQLEnumType) or bare.name in ("String", "ID")
    return isinstance(bare, GraphQLEnumType) or bare.name in _LEAVES


def leaf(kind: GraphQLOutputType, value: Expression, *, certain: bool) -> Json:
    """The JSON of a leaf; `certain` says that the value is never null."""
    needed, bare = isinstance(kind, GraphQLNonNull), _bare(kind)
    if isinstance(bare, GraphQLEnumType):
        return _plainly_quoted(value, needed=needed, certain=certain)
    if isinstance(bare, GraphQLList):
        printed = _list(cast(value, ARRAY(Text)), needed=isinstance(bare.of_type, GraphQLNonNull))
    else:
        printed = _LEAVES[bare.name](value)
    if certain and needed:
        return Json(printed)
    return Json(required(printed) if needed else or_null(printed))


def global_id(prefix: str, key: Expression, *, needed: bool, certain: bool) -> Json:
    """The JSON of a global id."""
    return _plainly_quoted(key, f"{prefix}_", needed=needed, certain=certain)


def _plainly_quoted(value: Expression, before: str = "", *, needed: bool, certain: bool) -> Json:
    """A string that has nothing to escape."""
    whole = Json(f'"{before}', value, '"')
    if certain:
        return whole
    missing = _POISON if needed else _NULL
    return Json(case((value.is_(None), missing), else_=whole.expression()))

"""A field's arguments: from the document and its variables to what a declaration is given.

`Given` reads the values of a request, converted and checked: that happens for every field
before anything runs. The declaration's function then gets them either as they are, or as SQL
parameters of the same names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    ValueNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from sqlalchemy import ARRAY, DateTime, Double, Integer, Text, Uuid

from app.core.errors import BadRequest, InvalidId
from app.core.graph.read.declare import ID_OF, ById, Pages
from app.core.graph.read.pages import PAGE_ARGUMENTS, PageArguments
from app.core.graph.read.reading import ReadField
from app.core.graph.read.viewing import parameter
from app.core.ids import from_global, split_global

_DEFINITION = "strawberry-definition"
_LONGEST_ID = 100
# The keys that a field of any node was asked for.
IDS = "ids"

Read = Callable[[VariableValues], Any]


def sql_type(value: Any) -> Any:
    """The SQL type of an argument's value."""
    if isinstance(value, list):
        return ARRAY(sql_type(value[0]) if value else Text())
    for kind, made in (
        (bool, None),
        (int, Integer()),
        (float, Double()),
        (str, Text()),
        (UUID, Uuid()),
        (datetime, DateTime(timezone=True)),
    ):
        if isinstance(value, kind):
            return made
    raise TypeError(f"{value!r} can't be a parameter")


def _reader(argument: GraphQLArgument, node: ValueNode | None) -> Read:
    """How to get an argument's coerced value from a request's variables."""
    if node is None:
        default = coerce_default_value(argument)
        return lambda _: None if default is Undefined else default
    if isinstance(node, VariableNode):
        name, absent = node.name.value, coerce_default_value(argument)
        fallback = None if absent is Undefined else absent
        return lambda variables: variables.coerced.get(name, fallback)
    if not variables_in(node):
        value = coerce_input_literal(node, argument.type)
        return lambda _: value
    return lambda variables: coerce_input_literal(node, argument.type, variables)


def variables_in(node: ValueNode) -> set[str]:
    """The names of the variables in a literal."""
    found: set[str] = set()

    class Finder(Visitor):
        def enter_variable(self, variable: VariableNode, *_: Any) -> None:
            found.add(variable.name.value)

    visit(node, Finder())
    return found


def _convert(kind: GraphQLInputType, value: Any, prefix: str | None) -> Any:
    """A coerced value as declarations see it: ids as keys, input objects by Python's names."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if value is None or value is Undefined:
        return None
    if isinstance(kind, GraphQLList):
        return [_convert(kind.of_type, each, prefix) for each in value]
    if isinstance(kind, GraphQLInputObjectType):
        return SimpleNamespace(
            **{
                each.extensions[_DEFINITION].python_name: _convert(
                    each.type,
                    value.get(name),
                    each.extensions[_DEFINITION].metadata.get(ID_OF),
                )
                for name, each in kind.fields.items()
            }
        )
    if prefix is not None:
        return from_global(prefix, value[:_LONGEST_ID])
    if isinstance(value, str) and "\0" in value:
        raise BadRequest("A text can't have the character U+0000.")
    return value


def _is_constant(value: Any) -> bool:
    """Whether a value is part of the statement rather than a parameter of it."""
    if isinstance(value, list):
        return all(_is_constant(each) for each in value)
    return value is None or isinstance(value, bool | Enum)


def as_terms(value: Any, name: str) -> Any:
    """The same arguments as SQL parameters: `put` gives their values."""
    if isinstance(value, SimpleNamespace):
        inner = {each: as_terms(below, f"{name}_{each}") for each, below in vars(value).items()}
        return SimpleNamespace(**inner)
    return value if _is_constant(value) else parameter(name, sql_type(value))


def put(value: Any, name: str, parameters: dict[str, Any]) -> None:
    """Put an argument's value under the names that `as_terms` gives its parameters."""
    if isinstance(value, SimpleNamespace):
        for each, below in vars(value).items():
            put(below, f"{name}_{each}", parameters)
    else:
        parameters[name] = value


def shape(value: Any) -> Any:
    """What of a value a statement depends on: equal shapes share one."""
    if isinstance(value, SimpleNamespace):
        return tuple(shape(each) for each in vars(value).values())
    if _is_constant(value):
        return tuple(value) if isinstance(value, list) else value
    return ...


@dataclass
class Values:
    """A field's arguments in one request."""

    given: dict[str, Any]
    page: PageArguments | None = None
    place: list[Any] | None = None
    prefixes: list[str] = field(default_factory=list)

    def shape(self) -> Any:
        """What of them a statement depends on."""
        page = self.page and (self.page.backward, self.page.cursor is not None)
        kinds = frozenset(self.prefixes)
        return (*map(shape, self.given.values()), page, kinds)


class Given:
    """Reads the arguments of one field of a document."""

    def __init__(self, node: FieldNode, field: ReadField) -> None:
        self.node = node
        self.field = field
        literals = {each.name.value: each.value for each in node.arguments or ()}
        self._readers = [
            (name, argument, _reader(argument, literals.get(name)))
            for name, argument in field.definition.args.items()
        ]

    def read(self, variables: VariableValues) -> Values:
        """The values; a `RequestError` says which one makes no sense."""
        return values_of(
            self.field,
            {name: (argument, read(variables)) for name, argument, read in self._readers},
        )


class NullArgument(BadRequest):
    """Null by a variable, where the argument has to have a value."""

    code = "BAD_USER_INPUT"

    def __init__(self, argument: GraphQLArgument) -> None:
        super().__init__(f"An argument of type {argument.type} needs a value, and was given null.")


def values_of(field: ReadField, raw: Mapping[str, tuple[GraphQLArgument, Any]]) -> Values:
    """Coerced arguments as checked values."""
    given = {}
    for argument, value in raw.values():
        if value is None and isinstance(argument.type, GraphQLNonNull):
            raise NullArgument(argument)
        definition = argument.extensions[_DEFINITION]
        prefix = definition.metadata.get(ID_OF)
        given[definition.python_name] = _convert(argument.type, value, prefix)
    check = field.declaration.check
    read = field.declaration.read
    if isinstance(read, ById):
        return _ids(field, read, given[read.argument])
    if not isinstance(read, Pages):
        return Values(given)
    page = PageArguments(**{name: given.pop(name) for name in PAGE_ARGUMENTS})
    if check is not None:
        check(page, **given)
    values = Values(given, page)
    if page.cursor is not None:
        order = field.order(values.shape(), given)
        values.place = order.values(page.cursor, field.target.source.table)
    return values


def _ids(field: ReadField, read: ById, asked: str | list[str]) -> Values:
    check = field.declaration.check
    ids = [asked] if isinstance(asked, str) else asked
    if check is not None:
        check(ids)
    prefixes, keys = [], []
    for each in ids:
        prefix, key = split_global(each[:_LONGEST_ID])
        known = field.reading.by_prefix.get(prefix)
        if known is None or field.kinds.isdisjoint(o.graphql.name for o in known.objects):
            raise InvalidId(each)
        prefixes.append(prefix)
        keys.append(key)
    return Values({IDS: keys if read.many else keys[0]}, prefixes=prefixes)

"""Where a type's data comes from, declared field by field.

A type names its table and who sees its rows (`reads`); a field is a column, a computed value,
an edge to one object, a bounded list, or pages of a connection. Root fields are declared in the
same way, by functions that say which rows are meant. A field without a declaration is Python's:
what selects it is answered by the ordinary execution.

A function of a declaration is called with who asks, the rows' table (an alias of it), below a
parent also the parent's, and the field's arguments by name. An argument that wasn't given is
None; an enum or a boolean is its value; every other one is a value or an SQL parameter, so it
may be compared with columns and with None, and nothing else.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

import strawberry
from sqlalchemy import ColumnElement, Integer, case, cast, func, literal_column
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from app.core.access import Access
from app.core.graph.read.pages import PAGE_ARGUMENTS, Order
from app.core.limits import Limit

READ = "read"
ID_OF = "id_of"
_SOURCE = "__read_source__"

T = TypeVar("T", bound=type)
Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Source:
    """The table of a type; `visible(viewer, table)` says which of its rows exist for whom.

    `beside` are the columns that tell rows apart together with the key, where it alone doesn't.
    Of an interface over one table, `told_by` is the column that tells the types of its rows
    apart, and `kind` the value that it has for each of them.
    """

    table: Any
    visible: Callable[..., Condition] | None
    key: str
    needs: tuple[str, ...]
    told_by: str = ""
    kind: Any = None
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """Which rows a list has, in which order.

    `visible` stands for the type's own condition where the parent, or `where`, already says
    part of it. `exists` says whether there is a list at all: without it, the field is null.
    `around` is the key of a row that shall be in the middle of the page.
    """

    where: Condition
    order: Order
    visible: Condition | None = None
    exists: Condition | None = None
    around: Any = None


@dataclass(frozen=True)
class Column:
    """A column of the type's table."""

    name: str


@dataclass(frozen=True)
class OwnId:
    """The global id of the row."""


@dataclass(frozen=True)
class GlobalId:
    """The global id of the row that a column points to."""

    name: str
    prefix: str


@dataclass(frozen=True)
class Computed:
    """`sql(viewer, table)`: a value that the database computes."""

    sql: Callable[..., ColumnElement[Any]]


@dataclass(frozen=True)
class Edge:
    """The row whose key stands in a column (or, below a Python object, in an attribute).

    `visible` stands for the type's own condition where what leads here already says it.
    """

    name: str
    visible: Condition | None = None


@dataclass(frozen=True)
class One:
    """The one row that fulfils a condition.

    `visible` stands for the type's own condition where what leads here already says it.
    """

    where: Callable[..., Condition]
    visible: Condition | None = None


@dataclass(frozen=True)
class Items:
    """A list of at most `most` rows. `rows_of(parent)` replaces the target's table."""

    rows: Callable[..., Rows]
    most: int
    rows_of: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Pages:
    """A connection. `of` replaces the target's table: a class with its columns, and others."""

    rows: Callable[..., Rows]
    of: Any = None


@dataclass(frozen=True)
class ById:
    """Any node by its global id."""

    argument: str
    many: bool


Checks = Callable[..., None]


@dataclass(frozen=True)
class Declaration:
    """A field's source, how its arguments are checked, and for root fields who may read it."""

    read: Column | OwnId | GlobalId | Computed | Edge | One | Items | Pages | ById
    check: Checks | None = None
    access: Access | None = None
    limits: tuple[Limit, ...] = ()


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def reads(
    table: type[Any] | None,
    *,
    description: str,
    visible: Callable[..., Condition] | None = None,
    key: str = "id",
    beside: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    kind: Any = None,
) -> Callable[[T], T]:
    """Make a class an object type over a table's rows.

    `beside` names the columns that it takes to tell rows apart besides the key, if any.
    `needs` names columns beyond the declared ones that its Python fields read. `kind` is what
    the rows have in the column that tells them apart, if an interface `reads_kinds` of them.
    """

    def decorate(cls: T) -> T:
        made = strawberry.type(cls, description=description)
        setattr(made, _SOURCE, Source(table, visible, key, needs, kind=kind, beside=beside))
        return made

    return decorate


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def reads_kinds(
    table: type[Any], *, told_by: str, description: str, visible: Callable[..., Condition]
) -> Callable[[T], T]:
    """Make a class an interface over a table's rows: the column `told_by` tells their types.

    The types that implement it read the same table, each for one `kind`, and share its prefix.
    """

    def decorate(cls: T) -> T:
        made = strawberry.interface(cls, description=description)
        setattr(made, _SOURCE, Source(table, visible, "id", (), told_by=told_by))
        return made

    return decorate


def source_of(origin: Any) -> Source | None:
    """The source of a strawberry class, if it has one of its own."""
    found: Source | None = vars(origin).get(_SOURCE)
    return found


def _field(declaration: Declaration, description: str, function: Any = None) -> Any:
    arguments = arguments_of(function, pages=isinstance(declaration.read, Pages))
    return StrawberryField(
        description=description,
        base_resolver=StrawberryResolver(signature_of(function, arguments)),
        metadata={READ: declaration},
    )


def arguments_of(function: Any, *, pages: bool) -> dict[str, inspect.Parameter]:
    """The keyword-only parameters of a declaration's function are the field's arguments."""
    given = inspect.signature(function).parameters.values() if function else ()
    found = {each.name: each for each in given if each.kind is each.KEYWORD_ONLY}
    return found | PAGE_ARGUMENTS if pages else found


def signature_of(function: Any, arguments: dict[str, inspect.Parameter]) -> Callable[..., Any]:
    """What strawberry reads the arguments from; never called."""

    def declared(**_: Any) -> Any:
        raise NotImplementedError

    declared.__signature__ = inspect.Signature(list(arguments.values()))  # type: ignore[attr-defined]
    declared.__annotations__ = {name: each.annotation for name, each in arguments.items()}
    if function is not None:
        declared.__module__ = function.__module__
    return declared


def column(description: str, name: str = "") -> Any:
    """A column: of the field's own name, unless another is given."""
    return strawberry.field(description=description, metadata={READ: Declaration(Column(name))})


def own_id(description: str) -> Any:
    """The row's global id."""
    return _field(Declaration(OwnId()), description)


def id_of(name: str, prefix: str, description: str) -> Any:
    """The global id of what a column points to."""
    return _field(Declaration(GlobalId(name, prefix)), description)


def computed(sql: Callable[..., ColumnElement[Any]], description: str) -> Any:
    """A value of the database's own making: `sql(viewer, table)`."""
    return _field(Declaration(Computed(sql)), description)


def edge(name: str, description: str, *, visible: Condition | None = None) -> Any:
    """The object whose key stands in a column; null where the viewer can't see it.

    `visible=true()`: whoever sees the parent sees this too, so that no one is asked for.
    """
    return _field(Declaration(Edge(name, visible)), description)


def items(
    rows: Callable[..., Rows],
    description: str,
    *,
    most: int,
    rows_of: Callable[[Any], Any] | None = None,
) -> Any:
    """A list of at most `most` objects: `rows(viewer, table, parent)`."""
    return _field(Declaration(Items(rows, most, rows_of)), description, rows)


def pages(rows: Callable[..., Rows], description: str, *, check: Checks | None = None) -> Any:
    """A connection: `rows(viewer, table, parent, *, arguments)`."""
    return _field(Declaration(Pages(rows), check), description, rows)


def one(
    where: Callable[..., Condition], description: str, *, visible: Condition | None = None
) -> Any:
    """The one object that fulfils `where(viewer, table, parent, *, arguments)`.

    Below a Python object the parent's attributes are keys. `visible=true()`: as with `edge`.
    """
    return _field(Declaration(One(where, visible)), description, where)


def _root(
    read: One | Items | Pages | ById,
    function: Any,
    access: Access,
    description: str,
    limits: tuple[Limit, ...],
    check: Checks | None = None,
) -> Any:
    declaration = Declaration(read, check, access, limits)
    return _field(declaration, f"{description}\n\n{access.sentence()}", function)


def find(where: Callable[..., Condition], access: Access, description: str, *limits: Limit) -> Any:
    """A root field for one object: `where(viewer, table, *, arguments)`."""
    return _root(One(where), where, access, description, limits)


def browse(
    rows: Callable[..., Rows],
    access: Access,
    description: str,
    *limits: Limit,
    check: Checks | None = None,
    of: Any = None,
) -> Any:
    """A root field for a connection: `rows(viewer, table, *, arguments)`.

    `of` is what is read in place of the target's table: a class with its columns, and others.
    """
    return _root(Pages(rows, of), rows, access, description, limits, check)


def gather(
    rows: Callable[..., Rows], access: Access, description: str, *limits: Limit, most: int
) -> Any:
    """A root field for a list of at most `most` objects: `rows(viewer, table, *, arguments)`."""
    return _root(Items(rows, most), rows, access, description, limits)


def by_id(
    function: Any,
    access: Access,
    description: str,
    *,
    many: bool = False,
    check: Checks | None = None,
) -> Any:
    """A root field for any node by its global id, or for several by theirs."""
    argument = next(iter(arguments_of(function, pages=False)))
    return _root(ById(argument, many), function, access, description, (), check)


def id_argument(description: str, prefix: str) -> Any:
    """The annotation's second half of an argument that is a global id of one type."""
    return strawberry.argument(description=description, metadata={ID_OF: prefix})


def id_field(description: str, prefix: str, **more: Any) -> Any:
    """A field of a filter that is a global id of one type."""
    return strawberry.field(description=description, metadata={ID_OF: prefix}, **more)


def called(name: str, field: Any) -> Any:
    """A declared field under a name in the schema that no attribute can have, such as `class`."""
    field.graphql_name = name
    return field


def whole(number: Any) -> ColumnElement[int]:
    """A computed number as the schema's `Int`, which has 32 bits: one beyond them is its end."""
    least: ColumnElement[int] = literal_column(str(-(2**31)))
    most: ColumnElement[int] = literal_column(str(2**31 - 1))
    known = func.least(func.greatest(number, least), most)
    # `least` and `greatest` pass over a null.
    return cast(case((number.is_not(None), known)), Integer)


def declaration_of(field: StrawberryField | Any) -> Declaration | None:
    """How a strawberry field is read, if it is declared."""
    metadata = getattr(field, "metadata", None) or {}
    found: Declaration | None = metadata.get(READ)
    return found

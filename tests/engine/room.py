"""What a room tells the tests of the engine: who may see what is in it, said in plain Python."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.engine.eyes import Eyes, Row, Rows
from tests.engine.filling import Filling, Rule

Calls = Callable[[Rows], Iterator[tuple[str, Any]]]


@dataclass(frozen=True)
class Room:
    """Nothing in it comes from the policies or the declarations, which are compared with it.

    A new type, or a new field with objects below it, has to be written down in its room.
    """

    # Of each type: who sees a row.
    sees: Mapping[str, Callable[[Eyes, Row], bool]] = field(default_factory=dict)
    # Of each field with objects below it: the rows that it leads to, whoever asks.
    leads: Mapping[tuple[str, str], Callable[[Rows, Row], Row | list[Row] | None]] = field(
        default_factory=dict
    )
    # Of a field that leads to what is one's own: where it leads to for who looks.
    own: Mapping[tuple[str, str], Callable[[Eyes, Row], Row | list[Row] | None]] = field(
        default_factory=dict
    )
    # Of lists below lists, which would cost too much: as many as there are in the world.
    sizes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    # Of root fields that lead to them, and of types that have long ones: how many are asked for
    # at a time.
    together: Mapping[str, int] = field(default_factory=dict)
    # Of each interface: of which type a row is.
    told: Mapping[str, Callable[[Row], str]] = field(default_factory=dict)
    # Of each type that `nodes` finds: the table, and the prefix of its ids.
    nodes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    # Of each other type: the field that tells its objects apart, and what it is of a row.
    keys: Mapping[str, tuple[str, Callable[[Row], Any]]] = field(default_factory=dict)
    # Of a type and an argument that tells an object of it by no id: the table and the column.
    named: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    # Of each root field: how it can be called, and what that leads to.
    roots: Mapping[str, Calls] = field(default_factory=dict)
    # Of each root field that no declaration says: arguments that it takes.
    answered: Mapping[str, str] = field(default_factory=dict)
    # Root fields that anyone may call.
    for_anyone: frozenset[str] = frozenset()
    # Tables that are filled by the program itself, or read by no type.
    unread: frozenset[str] = frozenset()
    # How many rows tables get, where not the usual number.
    counts: Mapping[str, int] = field(default_factory=dict)
    # Tables that are filled after the others: they tell of rows that no reference leads to.
    late: tuple[str, ...] = ()
    # What is in a column, by `table.column`, where not anything of its type.
    rules: Mapping[str, Rule] = field(default_factory=dict)
    # Rows that there are in every world, before those of chance, by table.
    given: Mapping[str, Callable[[Filling], Iterable[Mapping[str, Any]]]] = field(
        default_factory=dict
    )

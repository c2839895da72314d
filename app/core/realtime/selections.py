"""What of events is wanted: the selection of a subscription, and the statements that read it.

Everything that can be known of a selection before an event comes is made once: for each type of
event that is possible, and each kind of viewer, one statement that reads what the event leads
to. It says itself whether it asks who the viewer is; if it doesn't, one answer is for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLObjectType, VariableNode, Visitor, visit
from graphql import get_named_type as named
from sqlalchemy import Select

from app.core.errors import BadRequest
from app.core.graph.looking import Looked
from app.core.graph.read.compile import Call, Compiler
from app.core.graph.read.declare import Edge, One
from app.core.graph.read.grouping import Answer
from app.core.graph.read.operation import Arguments, Operation, Root
from app.core.graph.read.pool import Readers
from app.core.graph.read.reading import origin_of
from app.core.graph.read.statement import Statement, statement
from app.core.graph.read.viewing import (
    AUTH_SESSION_ID,
    VIEWER_ID,
    Keys,
    Terms,
    is_of_kind,
    parameters_of,
)
from app.core.graph.read.written import Written
from app.core.metrics import LIVE_EXECUTIONS
from app.core.realtime.declare import AFTER_ARGUMENT, Following, following_of
from app.core.viewer import Viewer

_DEFINITION = "strawberry-definition"
_NULL = b"null"
# Links to one object, or none.
_ONE = (Edge, One)
# Tuples of one statement; what is more is read by the next.
_MOST_TUPLES = 512
# Kinds that are kept: a selection that has more makes its plans anew.
_MOST_KINDS = 100


class Unwritten:
    """Said of an event that only the ordinary execution can write."""


# The JSON of an event's object; None if the viewer isn't told.
Found = bytes | None | Unwritten
UNWRITTEN = Unwritten()


@dataclass
class Plan:
    """How the events of one type are read and written for one kind of viewer.

    The statement's first columns are what the selection leads to; the last ones say of each
    required edge that isn't selected whether it leads anywhere. `needed` are the columns without
    which the event isn't told.
    """

    written: Written
    statement: Statement | None
    calls: list[Call]
    needed: list[int]

    @property
    def personal(self) -> bool:
        """Whether what is told depends on who the viewer is."""
        if not self.written.whole:
            # A resolver can look at anything.
            return True
        names = self.statement.parameters if self.statement else ()
        return VIEWER_ID in names or AUTH_SESSION_ID in names

    async def read(
        self,
        readers: Readers,
        arguments: Arguments,
        events: Sequence[Any],
        viewers: Sequence[Viewer | None],
    ) -> list[list[Found]]:
        """What each of the viewers is told of each event."""
        if not events or not viewers:
            return [[] for _ in events]
        if self.statement is None:
            done = [self._write(event, ()) for event in events]
            return [[each] * len(viewers) for each in done]
        pairs = [(event, viewer) for event in events for viewer in viewers]
        tuples = [self._parameters(self.statement, arguments, *pair) for pair in pairs]
        rows: list[Any] = []
        for first in range(0, len(pairs), _MOST_TUPLES):
            rows += await _fetch(readers, self.statement, tuples[first : first + _MOST_TUPLES])
        found = [self._found(event, row) for (event, _), row in zip(pairs, rows, strict=True)]
        count = len(viewers)
        return [found[first : first + count] for first in range(0, len(found), count)]

    def _parameters(
        self, made: Statement, arguments: Arguments, event: Any, viewer: Viewer | None
    ) -> tuple[Any, ...]:
        values = parameters_of(viewer)
        for call in self.calls:
            call.put(arguments[call.number], values)
        Keys.put(event, made.parameters, values)
        return tuple([values[name] for name in made.parameters])

    def _found(self, event: Any, row: Sequence[Any]) -> Found:
        answer = Answer.of(row[:-1])
        values = answer.values
        if any(values[place] == _NULL for place in self.needed):
            return None
        return UNWRITTEN if answer.poisoned else self._write(event, values)

    def _write(self, event: Any, values: Sequence[bytes]) -> Found:
        return self.written.write(event, values) if self.written.whole else UNWRITTEN


async def _fetch(
    readers: Readers, made: Statement, tuples: Sequence[tuple[Any, ...]]
) -> Sequence[Any]:
    LIVE_EXECUTIONS.inc()
    if len(tuples) == 1 or made.together is None:
        return [(await readers.fetch(made.alone, (*each, None)))[0] for each in tuples]
    arrays = [list(each) for each in zip(*tuples, strict=True)]
    rows: Sequence[Any] = await readers.fetch(made.together, (*arrays, []))
    return rows


@dataclass
class Kind:
    """The plans of a selection for viewers of one kind and arguments of one shape."""

    shape: Any
    answers: dict[str | None, bool]
    # By the class of the event's object.
    plans: dict[type, Plan]


@dataclass
class Selection:
    """A subscription of a document, with the values of its `@skip` and `@include`."""

    operation: Operation
    root: Root
    following: Following
    resume_by: str | None
    _rights: Select[Any]
    _kinds: list[Kind] = field(default_factory=list)

    @classmethod
    def of(cls, operation: Operation, rights: Select[Any]) -> "Selection":
        """The one root field of a subscription."""
        if len(operation.roots) != 1:
            raise BadRequest("A subscription has exactly one field.")
        root = operation.roots[0]
        definition = operation.kind.fields[root.nodes[0].name.value]
        following = following_of(definition.extensions[_DEFINITION])
        return cls(operation, root, following, _only_to_resume(operation, root), rights)

    @property
    def around(self) -> tuple[bytes, bytes]:
        """What stands before and behind an event's object in the result."""
        return b'{"data":{' + orjson.dumps(self.root.key) + b":", b"}}"

    def wanted(self, looked: Looked) -> bytes:
        """What subscribers have to have in common: the variables, but for the one to resume by."""
        variables = looked.asked.variables or {}
        same = {name: value for name, value in variables.items() if name != self.resume_by}
        return orjson.dumps(same, option=orjson.OPT_SORT_KEYS, default=str)

    def kind_of(self, viewer: Viewer | None, arguments: Arguments) -> Kind:
        """The plans for a viewer."""
        shape = tuple([each.shape() for each in arguments.values()])
        for kind in self._kinds:
            if kind.shape == shape and is_of_kind(viewer, kind.answers):
                return kind
        terms = Terms(viewer)
        definition = self.operation.kind.fields[self.root.nodes[0].name.value]
        possible = self.operation.reading.possible(named(definition.type))
        plans = {origin_of(each): self._plan(each, terms, arguments) for each in possible}
        kind = Kind(shape, terms.answers, plans)
        if len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()
        self._kinds.append(kind)
        return kind

    def _plan(self, kind: GraphQLObjectType, terms: Terms, arguments: Arguments) -> Plan:
        operation = self.operation
        written = Written(operation, kind, self.root.nodes)
        compiler = Compiler(operation.reading, operation.selecting, arguments, terms)
        columns = written.columns(compiler) if written.whole else []
        needed = []
        for name in kind.fields:
            link = operation.reading.fields.get((kind.name, name))
            if link is None or not link.required or not isinstance(link.declaration.read, _ONE):
                continue
            places = [place for place, (each, _) in enumerate(written.links) if each is link]
            if places and written.whole:
                needed.append(places[0])
            else:
                needed.append(len(columns))
                columns.append(compiler.below(link, [], Keys()))
        made = statement(columns, self._rights) if columns else None
        return Plan(written, made, list(compiler.calls.values()), needed)


def _only_to_resume(operation: Operation, root: Root) -> str | None:
    """The variable that says where to resume, if it says nothing else."""
    names: list[str] = []

    class Finder(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            names.append(node.name.value)

    for each in (operation.definition, *operation.selecting.fragments.values()):
        visit(each, Finder())
    for argument in chain.from_iterable(node.arguments or () for node in root.nodes):
        value = argument.value
        if argument.name.value == AFTER_ARGUMENT and isinstance(value, VariableNode):
            name = value.name.value
            # Once where it is declared, once here.
            return name if names.count(name) == 2 else None
    return None


def session_of(viewer: Viewer | None) -> UUID | None:
    """What tells viewers apart."""
    return viewer.auth_session_id if viewer else None

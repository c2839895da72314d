"""A mutation's payload: Python's values as they are, its objects by one statement."""

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import Select, select

from app.core.graph.read.compile import Call, Compiler
from app.core.graph.read.declare import Edge
from app.core.graph.read.emit import Expression
from app.core.graph.read.grouping import Answer, Grouping, Lane
from app.core.graph.read.operation import Arguments, Operation, Root
from app.core.graph.read.returning import Column, Returning, Writes
from app.core.graph.read.statement import in_bytes, rendered, statement
from app.core.graph.read.viewing import Keys, Terms, is_of_kind, parameters_of
from app.core.graph.read.written import Written
from app.core.viewer import Viewer

# What a mutation that is one statement writes; in its field's metadata.
WRITES = "writes"


@dataclass
class _Plan:
    answers: dict[str | None, bool]
    calls: list[Call]
    lane: Lane
    shape: Any
    column: Column | None


@dataclass
class PayloadPlan:
    """How a payload is written. `of` says None where a field of it has a resolver of its own.

    `writes` says what the mutation does, where that is one statement.
    """

    operation: Operation
    written: Written
    writes: Writes | None
    _plans: list[_Plan] = field(default_factory=list)

    @classmethod
    def of(cls, operation: Operation, root: Root) -> "PayloadPlan | None":
        """The plan for a root field of a mutation."""
        definition = operation.kind.fields[root.nodes[0].name.value]
        kind = get_named_type(definition.type)
        assert isinstance(kind, GraphQLObjectType)
        written = Written(operation, kind, root.nodes)
        writes = definition.extensions["strawberry-definition"].metadata.get(WRITES)
        return cls(operation, written, writes) if written.whole else None

    def returning(
        self, viewer: Viewer | None, arguments: Arguments, rights: Select[Any]
    ) -> Returning | None:
        """What the mutation's own statement is to say of the payload's object, if it can."""
        if self.writes is None:
            return None
        plan = self._plan(viewer, arguments, rights)
        if plan.column is None:
            return None
        values = self._values(plan, viewer, arguments)
        given = [values[name] for name in plan.column.parameters if name is not None]
        return Returning(plan.column, tuple(given))

    async def write(
        self,
        payload: Any,
        grouping: Grouping,
        viewer: Viewer | None,
        arguments: Arguments,
        rights: Select[Any],
        returned: Answer | None,
    ) -> tuple[bytes, int] | None:
        """The payload's JSON and what its objects cost; None if only Python can say it.

        `returned` is what the mutation's own statement said of its object.
        """
        if not self.written.has_keys(payload):
            return self.written.write(payload, None), 0
        answer = returned or await self._read(payload, grouping, viewer, arguments, rights)
        if answer.poisoned:
            return None
        return self.written.write(payload, answer.values), answer.cost

    async def _read(
        self,
        payload: Any,
        grouping: Grouping,
        viewer: Viewer | None,
        arguments: Arguments,
        rights: Select[Any],
    ) -> Answer:
        plan = self._plan(viewer, arguments, rights)
        values = self._values(plan, viewer, arguments)
        names = plan.lane.statement.parameters
        Keys.put(payload, names, values)
        session = viewer.auth_session_id if viewer else None
        parameters = tuple([values[name] for name in names])
        # Together with others' payloads: no statement that has started can be the answer.
        answer, _ = await grouping.run(plan.lane, parameters, session)
        return answer

    @staticmethod
    def _values(plan: _Plan, viewer: Viewer | None, arguments: Arguments) -> dict[str, Any]:
        values = parameters_of(viewer)
        for call in plan.calls:
            call.put(arguments[call.number], values)
        return values

    def _plan(self, viewer: Viewer | None, arguments: Arguments, rights: Select[Any]) -> _Plan:
        shape = tuple([each.shape() for each in arguments.values()])
        for plan in self._plans:
            if plan.shape == shape and is_of_kind(viewer, plan.answers):
                return plan
        terms = Terms(viewer)
        compiler = Compiler(self.operation.reading, self.operation.selecting, arguments, terms)
        columns = self.written.columns(compiler)
        made = Lane(statement(columns, rights))
        calls = list(compiler.calls.values())
        plan = _Plan(terms.answers, calls, made, shape, self._column(columns))
        self._plans.append(plan)
        return plan

    def _column(self, columns: list[Expression]) -> Column | None:
        """What shows the object, for the statement that writes it."""
        writes = self.writes
        if writes is None or len(columns) != 1:
            return None
        field, _ = self.written.links[0]
        read = field.declaration.read
        if not isinstance(read, Edge) or field.table is not writes.table:
            return None
        sql, names, _ = rendered(select(in_bytes(columns[0])))
        if not writes.can_give(sql):
            return None
        key = Keys.named(read.name)
        return Column(sql, tuple([None if name == key else name for name in names]), writes.key)

"""A mutation's payload: Python's values as they are, its objects by one statement."""

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import Select

from app.core.graph.read.compile import Call, Compiler
from app.core.graph.read.grouping import Grouping, Lane
from app.core.graph.read.operation import Arguments, Operation, Root
from app.core.graph.read.statement import statement
from app.core.graph.read.viewing import Keys, Terms, is_of_kind, parameters_of
from app.core.graph.read.written import Written
from app.core.viewer import Viewer


@dataclass
class _Plan:
    answers: dict[str | None, bool]
    calls: list[Call]
    lane: Lane
    shape: Any


@dataclass
class PayloadPlan:
    """How a payload is written. `of` says None where a field of it has a resolver of its own."""

    operation: Operation
    written: Written
    _plans: list[_Plan] = field(default_factory=list)

    @classmethod
    def of(cls, operation: Operation, root: Root) -> "PayloadPlan | None":
        """The plan for a root field of a mutation."""
        definition = operation.kind.fields[root.nodes[0].name.value]
        kind = get_named_type(definition.type)
        assert isinstance(kind, GraphQLObjectType)
        written = Written(operation, kind, root.nodes)
        return cls(operation, written) if written.whole else None

    async def write(
        self,
        payload: Any,
        grouping: Grouping,
        viewer: Viewer | None,
        arguments: Arguments,
        rights: Select[Any],
    ) -> tuple[bytes, int] | None:
        """The payload's JSON and what its objects cost; None if only Python can say it."""
        if not self.written.has_keys(payload):
            return self.written.write(payload, None), 0
        plan = self._plan(viewer, arguments, rights)
        values = parameters_of(viewer)
        for call in plan.calls:
            call.put(arguments[call.number], values)
        names = plan.lane.statement.parameters
        Keys.put(payload, names, values)
        session = viewer.auth_session_id if viewer else None
        parameters = tuple([values[name] for name in names])
        # Together with others' payloads: no statement that has started can be the answer.
        answer, _ = await grouping.run(plan.lane, parameters, session)
        if answer.poisoned:
            return None
        return self.written.write(payload, answer.values), answer.cost

    def _plan(self, viewer: Viewer | None, arguments: Arguments, rights: Select[Any]) -> _Plan:
        shape = tuple([each.shape() for each in arguments.values()])
        for plan in self._plans:
            if plan.shape == shape and is_of_kind(viewer, plan.answers):
                return plan
        terms = Terms(viewer)
        compiler = Compiler(self.operation.reading, self.operation.selecting, arguments, terms)
        made = statement(self.written.columns(compiler), rights)
        plan = _Plan(terms.answers, list(compiler.calls.values()), Lane(made), shape)
        self._plans.append(plan)
        return plan

"""Plans: the statement of an operation's compiled root fields, made once for each shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from app.core.graph.read.compile import Call, Compiler
from app.core.graph.read.grouping import Lane
from app.core.graph.read.operation import Arguments, Operation, Root
from app.core.graph.read.statement import Statement, statement
from app.core.graph.read.viewing import Terms, is_of_kind, parameters_of
from app.core.viewer import Viewer

# Shapes of one operation that are kept: an operation that has more makes its plans anew.
_MOST_PLANS = 100


@dataclass
class Plan:
    """A statement, for the viewers of one kind and the arguments of one shape."""

    answers: dict[str | None, bool]
    calls: list[Call]
    lane: Lane


class Ready:
    """A plan with its parameters, all but who asks."""

    def __init__(self, plan: Plan, arguments: Arguments) -> None:
        self.plan = plan
        names = plan.lane.statement.parameters
        values = parameters_of(None)
        for call in plan.calls:
            call.put(arguments[call.number], values)
        self._values = tuple([values[name] for name in names])
        self._of_viewer = [
            (number, name) for number, name in enumerate(names) if name in parameters_of(None)
        ]

    def suits(self, viewer: Viewer | None) -> bool:
        """Whether the plan was made for viewers of this kind."""
        return is_of_kind(viewer, self.plan.answers)

    def parameters(self, viewer: Viewer | None) -> tuple[Any, ...]:
        """What the statement is run with for a viewer."""
        if not self._of_viewer:
            return self._values
        own, values = parameters_of(viewer), list(self._values)
        for number, name in self._of_viewer:
            values[number] = own[name]
        return tuple(values)


class Plans:
    """The plans of one operation."""

    def __init__(self, operation: Operation, roots: Sequence[Root], rights: Select[Any]) -> None:
        self._operation = operation
        self._roots = roots
        self._rights = rights
        self._plans: dict[Any, list[Plan]] = {}

    def plan(self, viewer: Viewer | None, arguments: Arguments) -> Plan:
        """The plan for this viewer and these arguments."""
        shape = tuple([each.shape() for each in arguments.values()])
        known = self._plans.get(shape)
        if known is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            known = self._plans[shape] = []
        for plan in known:
            if is_of_kind(viewer, plan.answers):
                return plan
        plan = self._make(viewer, arguments)
        known.append(plan)
        return plan

    def _make(self, viewer: Viewer | None, arguments: Arguments) -> Plan:
        terms = Terms(viewer)
        operation = self._operation
        compiler = Compiler(operation.reading, operation.selecting, arguments, terms)
        columns = []
        for root in self._roots:
            assert root.field is not None
            columns.append(compiler.root(root.field, root.nodes))
        made: Statement = statement(columns, self._rights)
        return Plan(terms.answers, list(compiler.calls.values()), Lane(made))

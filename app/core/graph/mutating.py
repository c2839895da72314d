"""Mutations: one after the other, each payload written with one statement."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLResolveInfo,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path
from sqlalchemy import Select
from strawberry.types.field import StrawberryField

from app.core.authentication import RightsChanged
from app.core.graph.context import Context, Info
from app.core.graph.presenting import presentable
from app.core.graph.read.compile import TYPENAME
from app.core.graph.read.grouping import Grouping
from app.core.graph.read.operation import ROOT_COST, Arguments, Operation, Root
from app.core.graph.read.payload import PayloadPlan

_DEFINITION = "strawberry-definition"


@dataclass
class Done:
    """What came of a mutation's root fields, by response key.

    `unwritten` ones were carried out, and only the ordinary execution can write their payloads:
    the context has them.
    """

    written: dict[str, bytes]
    unwritten: list[Root]
    error: GraphQLError | None
    cost: int


class Mutating:
    """Runs the root fields of one mutation."""

    def __init__(
        self,
        operation: Operation,
        context: Context,
        variables: VariableValues,
        arguments: Arguments,
        grouping: Grouping,
        rights: Select[Any],
    ) -> None:
        self._operation = operation
        self._context = context
        self._variables = variables
        self._arguments = arguments
        self._grouping = grouping
        self._rights = rights

    async def run(self, plans: dict[str, PayloadPlan | None]) -> Done:
        """Carry them out, up to the first that fails: a payload is never null."""
        done = Done({}, [], None, 0)
        for root in self._operation.roots:
            if root.nodes[0].name.value == TYPENAME:
                done.written[root.key] = f'"{self._operation.kind.name}"'.encode()
                continue
            if root.key not in plans:
                plans[root.key] = PayloadPlan.of(self._operation, root)
            plan = plans[root.key]
            try:
                payload = await self._context.as_known(partial(self._carry_out, root, plan))
            except GraphQLError as error:
                done.error = error
                return done
            written = None if plan is None else await self._write(plan, payload)
            if written is None:
                self._context.payloads[root.key] = payload
                done.unwritten.append(root)
            else:
                done.written[root.key] = written[0]
                done.cost += ROOT_COST["mutation"] + written[1]
        return done

    async def _carry_out(self, root: Root, plan: PayloadPlan | None) -> Any:
        context, returning = self._context, None
        name = root.nodes[0].name.value
        definition = self._operation.kind.fields[name]
        try:
            if plan is not None:
                returning = plan.returning(context.viewer, self._arguments, self._rights)
            context.returning = returning
            given = get_argument_values(definition, root.nodes[0], self._variables)
            inputs = {
                argument.extensions[_DEFINITION].python_name: _as_input(argument.type, given[name])
                for name, argument in definition.args.items()
                if name in given
            }
            field: StrawberryField = definition.extensions[_DEFINITION]
            assert field.base_resolver is not None
            info: Info = Info(_raw_info=self._info(root), _field=field)
            resolver: Any = field.base_resolver.wrapped_func
            return await resolver(None, info=info, **inputs)
        except RightsChanged:
            raise
        except Exception as error:
            located = GraphQLError(str(error), root.nodes, path=[root.key], original_error=error)
            raise presentable(located) from error

    def _info(self, root: Root) -> Any:
        operation = self._operation
        name = root.nodes[0].name.value
        nothing: Any = None
        return GraphQLResolveInfo(
            field_name=name,
            field_nodes=root.nodes,
            return_type=operation.kind.fields[name].type,
            parent_type=operation.kind,
            path=Path(None, root.key, operation.kind.name),
            schema=operation.reading.schema,
            fragments=dict(operation.selecting.fragments),
            root_value=None,
            operation=operation.definition,
            variable_values=self._variables,
            context=self._context,
            is_awaitable=nothing,
            abort_signal=None,
            async_helpers=nothing,
        )

    async def _write(self, plan: PayloadPlan, payload: Any) -> tuple[bytes, int] | None:
        returning = self._context.returning
        return await plan.write(
            payload,
            self._grouping,
            self._context.viewer,
            self._arguments,
            self._rights,
            returning.answer if returning is not None else None,
        )


def _as_input(kind: GraphQLInputType, value: Any) -> Any:
    """A coerced value as the resolver takes it: input objects are their classes' instances."""
    bare: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if value is None:
        return None
    if isinstance(bare, GraphQLList):
        return [_as_input(bare.of_type, each) for each in value]
    if isinstance(bare, GraphQLInputObjectType):
        fields = bare.fields
        given = {
            fields[name].extensions[_DEFINITION].python_name: _as_input(fields[name].type, each)
            for name, each in value.items()
        }
        return bare.extensions[_DEFINITION].origin(**given)
    return value

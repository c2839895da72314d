"""How an operation is answered: checked and paid for, then compiled, ordinary, or both.

Root fields whose whole selection is declared are one SQL statement; the others go the ordinary
way beside them. What makes no sense is refused before anything runs.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
    subscribe,
)
from sqlalchemy import select

from app.core.authentication import Authenticator
from app.core.errors import RequestError
from app.core.graph.context import Context, RightsChanged
from app.core.graph.documents import Document, Documents, Refused
from app.core.graph.looking import Answered, Asked, Looked, Looking
from app.core.graph.mutating import Mutating
from app.core.graph.presenting import as_graphql, presentable
from app.core.graph.printing import to_json
from app.core.graph.read.grouping import Grouping
from app.core.graph.read.operation import InvalidArguments, Operation, Root
from app.core.graph.read.plan import Pieces, Plans, Ready, run
from app.core.graph.trusted import TrustedStore
from app.core.limits import API, POINTS
from app.core.logging import get_logger
from app.core.metrics import OPERATIONS, observe
from app.core.resources import Resources

MOST_POINTS = 10_000
_MOST_ERRORS = 20
_MOST_CHANGES = 10

log = get_logger(__name__)


@dataclass(slots=True)
class _Running:
    """One execution of an operation."""

    context: Context
    looked: Looked


_NOTHING = (ExecutionResult({}, None), 0)


class Executor:
    """Answers the queries and mutations of one schema."""

    def __init__(
        self, schema: GraphQLSchema, resources: Resources, authenticator: Authenticator
    ) -> None:
        self.authenticator = authenticator
        self._schema = schema
        only_registered = resources.settings.trusted_documents_only
        store = TrustedStore(resources.database, resources.redis)
        documents = Documents(schema, store, only_registered)
        self.looking = Looking(schema, documents, remembers=not only_registered)
        self._grouping = Grouping(resources.readers)
        self._points = resources.limiter.burst(POINTS)
        self._points_a_second = round(resources.limiter.restore_rate(POINTS), 3)
        self._rights = select(authenticator.current())

    async def execute(
        self, asked: Asked, context: Context, allowed: Collection[OperationType]
    ) -> Answered:
        """The answer to an operation of an allowed kind."""
        started = perf_counter()
        admitted = await self._admit(asked, context, allowed)
        if isinstance(admitted, Answered):
            observe(OPERATIONS, perf_counter() - started, "invalid")
            return admitted
        answered = await self._answer(*admitted)
        kind = admitted[0].looked.variant.operation.definition.operation.value
        observe(OPERATIONS, perf_counter() - started, kind)
        return answered

    async def _answer(self, running: _Running, cost: int) -> Answered:
        """Run an operation that is paid for, and give back what it didn't cost."""
        limiter, caller = running.context.resources.limiter, running.context.caller
        answered, actual = await self._run_as_known(running)
        limiter.give_back(caller, POINTS, max(0, cost - actual))
        answered.cost = {
            "requested": cost,
            "actual": actual,
            "left": limiter.left(caller, POINTS),
            "limit": self._points,
            "restoreRate": self._points_a_second,
        }
        return answered

    async def stream(self, asked: Asked, context: Context) -> AsyncGenerator[Answered, None]:
        """The answers to an operation on a socket: one, or those of a subscription."""
        admitted = await self._admit(asked, context, frozenset(OperationType))
        if isinstance(admitted, Answered):
            yield admitted
            return
        running, cost = admitted
        operation = running.looked.variant.operation.definition
        if operation.operation is not OperationType.SUBSCRIPTION:
            yield await self._answer(running, cost)
            return
        async for answered in self._events(running):
            yield answered

    async def _events(self, running: _Running) -> AsyncGenerator[Answered, None]:
        source = subscribe(
            self._schema,
            running.looked.document.node,
            context_value=running.context,
            variable_values=running.looked.asked.variables,
            operation_name=running.looked.asked.operation_name,
        )
        if inspect.isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            yield Answered(None, [presentable(each) for each in source.errors or ()], refused=True)
            return
        try:
            async with aclosing(cast("AsyncGenerator[ExecutionResult, None]", source)):
                async for result in source:
                    yield _printed(result)
        except Exception as error:  # noqa: BLE001 - what ends it is told like any other error
            raised = error if isinstance(error, GraphQLError) else _wrapped(error)
            yield Answered(None, [presentable(raised)])

    async def _admit(
        self, asked: Asked, context: Context, allowed: Collection[OperationType]
    ) -> "tuple[_Running, int] | Answered":
        """The operation, looked through and paid for, or why it isn't run."""
        try:
            looked = await self.looking.through(asked, allowed)
            await self._pay(context, looked.cost)
        except Refused as error:
            return Answered(None, error.errors, refused=True)
        except InvalidArguments as error:
            return Answered(None, error.errors[:_MOST_ERRORS], refused=True)
        except RequestError as error:
            return Answered(None, [as_graphql(error)], refused=True)
        return _Running(context, looked), looked.cost

    async def _pay(self, context: Context, cost: int) -> None:
        limiter, caller = context.resources.limiter, context.caller
        most = min(MOST_POINTS, self._points)
        if cost > most:
            raise CostExceeded(cost, most)
        wanting = [
            limiter.take(caller, limit, amount)
            for limit, amount in ((API, 1), (POINTS, cost))
            if not limiter.try_take(caller, limit, amount)
        ]
        if wanting:
            # Together: they share a call of Valkey.
            await asyncio.gather(*wanting)

    async def _run_as_known(self, running: _Running) -> tuple[Answered, int]:
        """Run; anew if what the session may do turns out to have changed."""
        for _ in range(_MOST_CHANGES):
            try:
                return await self._run(running)
            except RightsChanged:
                await running.context.identify_again()
        raise AssertionError("the rights of a session change all the time")

    async def _run(self, running: _Running) -> tuple[Answered, int]:
        context, operation = running.context, running.looked.variant.operation
        if operation.definition.operation is OperationType.MUTATION:
            await context.confirm()
            return await self._mutate(running)
        fast = [
            root for root in operation.roots if root.compiled and await _admitted(context, root)
        ]
        if fast:
            pieces = await self._compiled(running, fast)
            if pieces is not None:
                slow = [root for root in operation.roots if root not in fast]
                other = await self._execute(running, slow) if slow else _NOTHING
                found = {root.key: value for root, value in zip(fast, pieces.values, strict=True)}
                return _assembled(operation, found, len(fast) + pieces.cost, other)
        # No statement has said that the rights are still those that are known.
        await context.confirm()
        result, actual = await self._execute(running, operation.roots)
        return _printed(result), actual

    async def _mutate(self, running: _Running) -> tuple[Answered, int]:
        operation = running.looked.variant.operation
        mutating = Mutating(
            operation,
            running.context,
            running.looked.variables,
            running.looked.arguments,
            running.context.resources.readers,
            self._rights,
        )
        done = await mutating.run(running.looked.variant.payloads)
        if done.error is not None:
            return Answered(None, [done.error]), operation.base_cost
        other = await self._execute(running, done.unwritten) if done.unwritten else _NOTHING
        return _assembled(operation, done.written, done.cost, other)

    async def _compiled(self, running: _Running, fast: list[Root]) -> Pieces | None:
        """What the statement says; None where only the ordinary execution knows what is wrong."""
        context = running.context
        try:
            ready = self._ready(running, fast)
            pieces = await run(self._grouping, ready, context.viewer)
        except Exception:
            log.exception("operation.statement_failed")
            return None
        if context.known is not None and context.known.version != pieces.version:
            raise RightsChanged
        return None if pieces.poisoned else pieces

    def _ready(self, running: _Running, fast: list[Root]) -> Ready:
        """The plan for these root fields, arguments and viewer, with its parameters."""
        looked, viewer = running.looked, running.context.viewer
        keys = tuple([root.key for root in fast])
        known = looked.plans.get(keys)
        if known is None:
            known = looked.plans[keys] = []
        for ready in known:
            if ready.suits(viewer):
                return ready
        variant = looked.variant
        plans = variant.plans.get(keys)
        if plans is None:
            plans = variant.plans[keys] = Plans(variant.operation, fast, self._rights)
        ready = Ready(plans.plan(viewer, looked.arguments), looked.arguments)
        known.append(ready)
        return ready

    async def _execute(
        self, running: _Running, roots: Sequence[Root]
    ) -> tuple[ExecutionResult, int]:
        """The ordinary execution of some of the root fields."""
        variant = running.looked.variant
        keys = tuple(root.key for root in roots)
        document = variant.ordinary.get(keys)
        if document is None:
            document = variant.ordinary[keys] = _only(
                running.looked.document, variant.operation, roots
            )
        result = execute(
            self._schema,
            document,
            context_value=running.context,
            variable_values=running.looked.asked.variables,
        )
        if inspect.isawaitable(result):
            result = await result
        data = result.data or {}
        base = variant.operation.base_cost * len(roots) // max(1, len(variant.operation.roots))
        actual = base + sum(
            root.link.actual(data.get(root.key)) for root in roots if root.link is not None
        )
        return result, actual


class CostExceeded(RequestError):
    """An operation that could cost more than any may."""

    code = "COST_EXCEEDED"

    def __init__(self, cost: int, most: int) -> None:
        super().__init__(
            f"This operation could cost {cost:,} points, and one may cost {most:,}:"
            " ask for shorter lists, or for less below them.",
            cost=cost,
            limit=most,
        )


def _printed(result: ExecutionResult) -> Answered:
    return Answered(to_json(result.data), [presentable(each) for each in result.errors or ()])


def _wrapped(error: Exception) -> GraphQLError:
    return GraphQLError(str(error), original_error=error)


async def _admitted(context: Context, root: Root) -> bool:
    """Whether the viewer may read a root field; the ordinary execution says why not."""
    assert root.field is not None
    declaration = root.field.declaration
    assert declaration.access is not None
    try:
        await context.admit(declaration.access, *declaration.limits)
    except RequestError:
        return False
    return True


def _only(document: Document, operation: Operation, roots: Sequence[Root]) -> DocumentNode:
    """The document with nothing but these root fields, as they were collected."""
    nodes: tuple[FieldNode, ...] = tuple(node for root in roots for node in root.nodes)
    definition = operation.definition
    only = OperationDefinitionNode(
        operation=definition.operation,
        name=definition.name,
        variable_definitions=definition.variable_definitions,
        directives=definition.directives,
        selection_set=SelectionSetNode(selections=nodes),
        loc=definition.loc,
    )
    return DocumentNode(definitions=(only, *document.fragments.values()))


def _assembled(
    operation: Operation,
    found: dict[str, bytes],
    cost: int,
    other: tuple[ExecutionResult, int],
) -> tuple[Answered, int]:
    """One answer, its fields in the order in which they were asked for."""
    result, more = other
    errors = [presentable(each) for each in result.errors or ()]
    if result.data is None:
        return Answered(None, errors), operation.base_cost
    parts = []
    for root in operation.roots:
        value = found.get(root.key)
        if value is None:
            value = to_json(result.data[root.key])
        parts.append(b'"' + root.key.encode() + b'":' + value)
    return Answered(b"{" + b",".join(parts) + b"}", errors), cost + more

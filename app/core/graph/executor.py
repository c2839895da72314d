"""How an operation is answered: checked and paid for, then compiled, ordinary, or both.

Root fields whose whole selection is declared are one SQL statement; the others go the ordinary
way beside them. What makes no sense is refused before anything runs.
"""

import asyncio
import inspect
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
)
from sqlalchemy import select

from app.core.authentication import Authenticator, RightsChanged
from app.core.errors import RequestError
from app.core.graph.context import Context
from app.core.graph.documents import Document, Documents, Refused
from app.core.graph.looking import Answered, Asked, Cost, Looked, Looking
from app.core.graph.mutating import Mutating
from app.core.graph.presenting import as_graphql, presentable
from app.core.graph.printing import to_json
from app.core.graph.read.grouping import Answer
from app.core.graph.read.operation import InvalidArguments, Operation, Root
from app.core.graph.read.plan import Plans, Ready
from app.core.graph.read.reading import Reading
from app.core.graph.trusted import TrustedStore
from app.core.limits import API, POINTS
from app.core.logging import get_logger
from app.core.metrics import OPERATIONS
from app.core.resources import Resources
from app.core.viewer import Viewer

MOST_POINTS = 10_000
_MOST_ERRORS = 20

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
        self, reading: Reading, resources: Resources, authenticator: Authenticator
    ) -> None:
        self.authenticator = authenticator
        self._schema = reading.schema
        only_registered = resources.settings.trusted_documents_only
        store = TrustedStore(resources.database, resources.redis)
        documents = Documents(reading.schema, store, only_registered)
        self.looking = Looking(reading, documents, remembers=not only_registered)
        self.grouping = resources.grouping
        self._limiter = resources.limiter
        points, rate = self._limiter.burst(POINTS), self._limiter.restore_rate(POINTS)
        self._most = min(MOST_POINTS, points)
        self._bounds = b'"limit":%d,"restoreRate":%b' % (points, orjson.dumps(round(rate, 3)))
        self._rights = select(authenticator.current())

    async def execute(
        self, asked: Asked | Looked, context: Context, allowed: Collection[OperationType]
    ) -> Answered:
        """The answer to an operation of an allowed kind, which may be looked through already."""
        started = perf_counter()
        admitted = await self.admit(asked, context, allowed)
        if isinstance(admitted, Answered):
            OPERATIONS.note(perf_counter() - started, "invalid")
            return admitted
        answered = await self.answer(*admitted)
        kind = admitted[0].looked.variant.operation.definition.operation.value
        OPERATIONS.note(perf_counter() - started, kind)
        return answered

    async def answer(self, running: _Running, cost: int) -> Answered:
        """Run an operation that is paid for, and give back what it didn't cost."""
        answered, actual = await running.context.as_known(partial(self._run, running))
        answered.cost = self.settle(running.context.caller, cost, actual)
        return answered

    def settle(self, caller: str, cost: int, actual: int) -> Cost:
        """Give back what an operation didn't cost."""
        if actual < cost:
            self._limiter.give_back(caller, POINTS, cost - actual)
        return Cost(cost, actual, self._limiter.left(caller, POINTS), self._bounds)

    async def event(self, looked: Looked, context: Context, event: Any) -> Answered:
        """An event of a subscription by the ordinary execution: what the field gives is known."""
        result = execute(
            self._schema,
            looked.document.node,
            root_value=event,
            context_value=context,
            variable_values=looked.asked.variables,
            operation_name=looked.asked.operation_name,
        )
        return _printed(await result if inspect.isawaitable(result) else result)

    async def admit(
        self, asked: Asked | Looked, context: Context, allowed: Collection[OperationType]
    ) -> "tuple[_Running, int] | Answered":
        """The operation, looked through and paid for, or why it isn't run."""
        try:
            if isinstance(asked, Looked):
                looked = asked
            else:
                looked = await self.looking.through(asked, allowed)
            await self._pay(context, looked)
        except Refused as error:
            return Answered(None, error.errors, refused=True)
        except InvalidArguments as error:
            return Answered(None, error.errors[:_MOST_ERRORS], refused=True)
        except RequestError as error:
            return Answered(None, [as_graphql(error)], refused=True)
        return _Running(context, looked), looked.cost

    async def _pay(self, context: Context, looked: Looked) -> None:
        cost = looked.cost
        if cost > self._most:
            raise CostExceeded(cost, self._most)
        caller = context.caller
        # The fields take their own; what they take it from is leased along.
        own = [(limit, 0) for limit in looked.variant.operation.limits]
        wanting = [
            self._limiter.take(caller, limit, amount)
            for limit, amount in ((API, 1), (POINTS, cost), *own)
            if not self._limiter.try_take(caller, limit, amount)
        ]
        if wanting:
            # Together: they share a call of Valkey.
            await asyncio.gather(*wanting)

    def pay_at_once(self, caller: str, cost: int) -> bool:
        """Pay for an operation out of what is leased; False, and nothing paid, if it isn't."""
        limiter = self._limiter
        if cost > self._most or not limiter.try_take(caller, API):
            return False
        if limiter.try_take(caller, POINTS, cost):
            return True
        limiter.give_back(caller, API, 1)
        return False

    def pay_back(self, caller: str, cost: int) -> None:
        """As if the operation hadn't been asked for."""
        self._limiter.give_back(caller, API, 1)
        self._limiter.give_back(caller, POINTS, cost)

    async def _run(self, running: _Running) -> tuple[Answered, int]:
        context, operation = running.context, running.looked.variant.operation
        if operation.definition.operation is OperationType.MUTATION:
            return await self._mutate(running)
        fast = [
            root for root in operation.roots if root.compiled and await _admitted(context, root)
        ]
        if fast:
            answer = await self._compiled(running, fast)
            if answer is not None:
                slow = [root for root in operation.roots if root not in fast]
                other = await self._execute(running, slow) if slow else _NOTHING
                found = {root.key: value for root, value in zip(fast, answer.values, strict=True)}
                return _assembled(operation, found, len(fast) + answer.cost, other)
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
            self.grouping,
            self._rights,
        )
        done = await mutating.run(running.looked.variant.payloads)
        if done.error is not None:
            return Answered(None, [done.error]), operation.base_cost
        other = await self._execute(running, done.unwritten) if done.unwritten else _NOTHING
        return _assembled(operation, done.written, done.cost, other)

    async def _compiled(self, running: _Running, fast: list[Root]) -> Answer | None:
        """What the statement says; None where only the ordinary execution knows what is wrong."""
        viewer, known = running.context.viewer, running.context.known
        session = viewer.auth_session_id if viewer else None
        try:
            ready = self.ready(running.looked, fast, tuple([root.key for root in fast]), viewer)
            answer, version = await self.grouping.run(
                ready.plan.lane, ready.parameters(viewer), session
            )
        except Exception:
            log.exception("operation.statement_failed")
            return None
        if known is not None and known.version != version:
            raise RightsChanged
        return None if answer.poisoned else answer

    def ready(
        self, looked: Looked, roots: Sequence[Root], keys: tuple[str, ...], viewer: Viewer | None
    ) -> Ready:
        """The plan for root fields (of these keys), arguments and viewer, with its parameters."""
        known = looked.plans.get(keys)
        if known is None:
            known = looked.plans[keys] = []
        for ready in known:
            if ready.suits(viewer):
                return ready
        variant = looked.variant
        plans = variant.plans.get(keys)
        if plans is None:
            plans = variant.plans[keys] = Plans(variant.operation, roots, self._rights)
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

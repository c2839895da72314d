"""The two executions of an operation, as the tests of agreement compare them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from graphql import OperationType
from starlette.requests import Request

from app.accounts.service.sessions import rights_of
from app.accounts.store.sessions import rights_version
from app.core.authentication import Authenticator
from app.core.graph.context import Context
from app.core.graph.executor import Executor
from app.core.graph.looking import Asked
from app.core.graph.read.grouping import Answer
from app.core.graph.read.operation import Root
from app.core.graph.view import identify
from app.core.resources import Resources
from app.schema import schema
from tests.factories import Person

_QUERIES = frozenset({OperationType.QUERY})


class EitherExecutor(Executor):
    """Compiles if it is told to, and remembers whether a statement answered the last operation.

    One for both executions: a document is parsed and validated once.
    """

    compiles = True
    was_compiled = False

    async def _compiled(self, running: Any, fast: list[Root]) -> Answer | None:
        answer = await super()._compiled(running, fast) if self.compiles else None
        self.was_compiled = answer is not None
        return answer


@dataclass
class _Serving:
    resources: Resources
    executor: EitherExecutor


_serving: list[_Serving] = []


@contextmanager
def serving(resources: Resources) -> Iterator[None]:
    """Both executions, on one process's resources."""
    authenticator = Authenticator(resources.tokens, rights_of, rights_version())
    executor = EitherExecutor(schema.reading, resources, authenticator)
    _serving.append(_Serving(resources, executor))
    yield
    _serving.pop()


async def ordinary(
    document: str,
    variables: Mapping[str, Any],
    operation_name: str | None,
    person: Person | None,
) -> bytes:
    """The answer of the ordinary execution."""
    asked = Asked(document, variables, operation_name)
    return await _answer(asked, person, compiles=False)


async def compiled(
    document: str,
    variables: Mapping[str, Any],
    operation_name: str | None,
    person: Person | None,
) -> tuple[bytes, bool]:
    """The answer of the compiled execution, and whether it was one."""
    asked = Asked(document, variables, operation_name)
    answer = await _answer(asked, person, compiles=True)
    return answer, _serving[-1].executor.was_compiled


async def _answer(asked: Asked, person: Person | None, *, compiles: bool) -> bytes:
    resources, executor = _serving[-1].resources, _serving[-1].executor
    executor.compiles, executor.was_compiled = compiles, False
    scope: dict[str, Any] = {"type": "http", "headers": [], "method": "POST", "path": "/graphql"}
    context = Context(resources, executor, Request(scope))
    if person is not None:
        await identify(context, f"Bearer {person.access_token}")
    answered = await executor.execute(asked, context, _QUERIES)
    if answered.cost is not None:
        # What is left changes with every operation; what it costs is part of the answer.
        answered.cost = answered.cost._replace(left=0)
    return answered.body()

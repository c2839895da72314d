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


class _Ordinary(Executor):
    """Never compiles."""

    async def _compiled(self, *_: Any) -> None:
        return None


class _Compiled(Executor):
    """Remembers whether the last operation was answered by a statement."""

    was_compiled = False

    async def _compiled(self, running: Any, fast: list[Root]) -> Answer | None:
        answer = await super()._compiled(running, fast)
        self.was_compiled = answer is not None
        return answer


@dataclass
class _Serving:
    resources: Resources
    ordinary: _Ordinary
    compiled: _Compiled


_serving: list[_Serving] = []


@contextmanager
def serving(resources: Resources) -> Iterator[None]:
    """Both executions, on one process's resources."""
    authenticator = Authenticator(resources.tokens, rights_of, rights_version())
    made = [kind(schema.reading, resources, authenticator) for kind in (_Ordinary, _Compiled)]
    _serving.append(_Serving(resources, *made))
    yield
    _serving.pop()


async def ordinary(
    document: str,
    variables: Mapping[str, Any],
    operation_name: str | None,
    person: Person | None,
) -> bytes:
    """The answer of the ordinary execution."""
    return await _answer(_serving[-1].ordinary, Asked(document, variables, operation_name), person)


async def compiled(
    document: str,
    variables: Mapping[str, Any],
    operation_name: str | None,
    person: Person | None,
) -> tuple[bytes, bool]:
    """The answer of the compiled execution, and whether it was one."""
    executor = _serving[-1].compiled
    executor.was_compiled = False
    asked = Asked(document, variables, operation_name)
    answer = await _answer(executor, asked, person)
    return answer, executor.was_compiled


async def _answer(executor: Executor, asked: Asked, person: Person | None) -> bytes:
    resources = _serving[-1].resources
    scope: dict[str, Any] = {"type": "http", "headers": [], "method": "POST", "path": "/graphql"}
    context = Context(resources, executor, Request(scope))
    if person is not None:
        await identify(context, f"Bearer {person.access_token}")
    answered = await executor.execute(asked, context, _QUERIES)
    if answered.cost is not None:
        # What is left changes with every operation; what it costs is part of the answer.
        answered.cost = answered.cost._replace(left=0)
    return answered.body()

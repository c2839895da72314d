"""Events of the tests' own, and following them without a schema."""

from typing import Any

from starlette.requests import Request

from app.accounts.service.sessions import rights_of
from app.accounts.store.sessions import rights_version
from app.core.authentication import Authenticator
from app.core.events import PersistedEvent, TransientEvent
from app.core.graph.context import Context
from app.core.graph.executor import Executor
from app.core.resources import Resources
from app.schema import schema


class Noted(PersistedEvent):
    """Something to number."""

    kind = "test.noted"
    topic: str
    text: str = ""

    @property
    def stream(self) -> str:
        return f"test:{self.topic}"


class Whispered(TransientEvent):
    """Something to miss."""

    kind = "test.whispered"
    topic: str
    text: str = ""

    @property
    def stream(self) -> str:
        return f"test:{self.topic}"


def context_of(resources: Resources) -> Context:
    """What a resolver would have."""
    scope: dict[str, Any] = {"type": "http", "headers": [], "method": "POST", "path": "/"}
    authenticator = Authenticator(resources.tokens, rights_of, rights_version())
    executor = Executor(schema.reading, resources, authenticator)
    return Context(resources, executor, Request(scope))


async def note(resources: Resources, topic: str, *texts: str) -> None:
    """Publish events in one unit of work."""
    async with resources.begin() as uow:
        uow.publish(*[Noted(topic=topic, text=text) for text in texts])

"""The servers, one process each, all up at the same time."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
from pydantic import SecretStr

from app.core.tokens import AccessTokens, Claims
from benchmarks import lyceum
from benchmarks.processes import free_port, running
from benchmarks.programs import node
from benchmarks.reads.data import DataSet
from benchmarks.reads.operations import (
    CATALOGUE,
    PAGES,
    Asking,
    Operation,
    Variables,
    answer_of,
    cases,
)
from benchmarks.services import Services

LYCEUM, LIMIT, MERCURIUS = "Lyceum", "limit", "Mercurius"
APOLLO, POSTGRAPHILE = "Apollo", "PostGraphile"

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    """One that answers. Lyceum has `tokens`; the others are told by a header who asks."""

    name: str
    pid: int
    url: str
    asking: Asking
    tokens: AccessTokens | None = None

    def headers(self, viewer: Claims) -> dict[str, str]:
        """Who asks."""
        if self.tokens is None:
            return {"x-viewer": str(viewer.user_id)}
        token = self.tokens.issue(viewer, frozenset({"student"}))
        return {"authorization": f"Bearer {token}"}

    def requests(self, operation: Operation) -> list[dict[str, Any]]:
        """The requests of a burst, each with headers and body."""
        return [
            {"headers": self.headers(viewer), "body": self.body(operation, variables)}
            for viewer, variables in cases(operation, self.asking)
        ]

    def body(self, operation: Operation, variables: Variables) -> str:
        """What is sent."""
        return operation.body(variables, postgraphile=self.name == POSTGRAPHILE)

    def ask(self, operation: Operation, viewer: Claims, variables: Variables) -> Any:
        """The data of one answer."""
        answer = httpx.post(
            self.url,
            content=self.body(operation, variables),
            headers={"content-type": "application/json", **self.headers(viewer)},
            timeout=30,
        )
        return answer_of(self.name, orjson.loads(answer.content))

    def with_cursors(self) -> "Server":
        """The same, knowing the cursors of its catalogue's pages."""
        viewer = self.asking.data.viewers[0]
        cursors: list[str] = []
        for _ in range(PAGES - 1):
            page = self.ask(CATALOGUE, viewer, {"after": cursors[-1] if cursors else None})
            cursors.append(page["courses"]["pageInfo"]["endCursor"])
        return replace(self, asking=replace(self.asking, cursors=cursors))


@contextmanager
def servers(services: Services, programs: Path, data: DataSet) -> Iterator[list[Server]]:
    """All of them, ready."""
    with ExitStack() as stack:

        def start(
            name: str,
            command: list[str],
            environment: dict[str, str],
            tokens: AccessTokens | None = None,
        ) -> Server:
            port = free_port()
            given = {"DATABASE_URL": services.database_url, "PORT": str(port), **environment}
            process = stack.enter_context(
                running(
                    [part.format(port=port) for part in command],
                    services.folder / f"{name}.log",
                    given,
                    port,
                )
            )
            asking = Asking(data, prefixed=name != POSTGRAPHILE, cursors=())
            url = f"http://127.0.0.1:{port}/graphql"
            return Server(name, process.pid, url, asking, tokens).with_cursors()

        yield [
            _lyceum(start, services),
            *(
                start(
                    name,
                    [node(programs), str(programs / f"{name.lower()}.mjs")],
                    {"NODE_ENV": "production"},
                )
                for name in (MERCURIUS, APOLLO, POSTGRAPHILE)
            ),
            start(LIMIT, [sys.executable, "-m", "uvicorn", *_LIMIT_OPTIONS], {}),
        ]


_LIMIT_OPTIONS = (
    *("benchmarks.reads.limit:app", "--app-dir", str(_ROOT), "--port", "{port}"),
    *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
)


def _lyceum(start: Any, services: Services) -> Server:
    secret = secrets.token_hex(32)
    given = {"REDIS_URL": services.redis_url, **lyceum.environment(secret)}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "{port}"]
    server: Server = start(LYCEUM, command, given, AccessTokens(SecretStr(secret)))
    return server

"""The servers, one process each."""

import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.core.graphiql import ENDPOINT
from app.core.tokens import AccessTokens, Claims
from benchmarks import lyceum
from benchmarks.live import events
from benchmarks.live.events import Wire
from benchmarks.processes import free_port, running
from benchmarks.programs import node
from benchmarks.services import Services

LYCEUM, GRAPHQL_WS, MERCURIUS, LIMIT = "Lyceum", "graphql-ws", "Mercurius", "limit"
# In the order in which they take turns.
NAMES = (LYCEUM, GRAPHQL_WS, MERCURIUS, LIMIT)
PATH = ENDPOINT

_ROOT = Path(__file__).resolve().parents[2]

# The payload of `connection_init`, for a viewer.
Introduction = Callable[[Claims], dict[str, Any]]


@dataclass(frozen=True)
class Server:
    """One that runs: how it is told of events, and who it wants to know is there."""

    name: str
    pid: int
    port: int
    wire: Wire
    introduction: Introduction


@contextmanager
def started(name: str, services: Services, programs: Path) -> Iterator[Server]:
    """A new process of the server that has this name."""
    port = free_port()
    command, environment, wire, introduction = _PARTS[name](programs, port)
    given = {
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "PORT": str(port),
        **environment,
    }
    log = services.folder / f"{name}.log"
    with running(command, log, given, port) as process:
        yield Server(name, process.pid, port, wire, introduction)


_Parts = tuple[list[str], dict[str, str], Wire, Introduction]


def _lyceum(_: Path, port: int) -> _Parts:
    secret = secrets.token_hex(32)
    tokens = AccessTokens(SecretStr(secret))
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]

    def introduction(viewer: Claims) -> dict[str, Any]:
        return {"authorization": f"Bearer {tokens.issue(viewer, frozenset({'student'}))}"}

    return command, lyceum.environment(secret), events.lyceum, introduction


def _of_node(program: str, wire: Wire, programs: Path, _: int) -> _Parts:
    command = [node(programs), str(programs / program)]
    return command, {"NODE_ENV": "production"}, wire, _nobody


def _limit(_: Path, __: int) -> _Parts:
    command = [sys.executable, "-m", "benchmarks.live.limit"]
    return command, {"PYTHONPATH": str(_ROOT)}, events.bare, _nobody


def _nobody(_: Claims) -> dict[str, Any]:
    """Peers ask nobody who he is."""
    return {}


_PARTS: dict[str, Callable[[Path, int], _Parts]] = {
    LYCEUM: _lyceum,
    GRAPHQL_WS: partial(_of_node, "graphql-ws.mjs", events.graphql_ws),
    MERCURIUS: partial(_of_node, "mercurius-live.mjs", events.mercurius),
    LIMIT: _limit,
}

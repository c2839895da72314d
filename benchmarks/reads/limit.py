"""The limit: what one Python process can do that has nothing to do but to ask PostgreSQL.

No GraphQL, no authentication: the operation's name says which handwritten statement answers,
and the statement's bytes are the answer. An ASGI application for uvicorn.
"""

import asyncio
import base64
import os
from collections import deque
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from starlette.types import Receive, Scope, Send

from benchmarks.reads import limit_sql

_CONNECTIONS = 10
_STATEMENTS = {
    "Single": limit_sql.SINGLE,
    "Catalogue": limit_sql.CATALOGUE,
    "CatalogueAfter": limit_sql.CATALOGUE_AFTER,
    "Nested": limit_sql.NESTED,
    "NestedAfter": limit_sql.NESTED_AFTER,
    "Chat": limit_sql.CHAT,
    "Mutation": limit_sql.MUTATION,
}

# Left to choose, PostgreSQL plans the pages after a cursor anew each time, which takes as long
# as to read them.
_SETTINGS = {"jit": "off", "plan_cache_mode": "force_generic_plan"}

Statements = dict[str, Any]

_idle: list[Statements] = []
_waiting: deque[asyncio.Future[Statements]] = deque()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a POST of an operation that is known by its name."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    body = (await receive())["body"]
    viewer = next(value for name, value in scope["headers"] if name == b"x-viewer").decode()
    request = orjson.loads(body)
    name, arguments = _arguments(request["operationName"], request["variables"])
    statements = _idle.pop() if _idle else await _turn()
    try:
        answer = await statements[name].fetchval(viewer, *arguments)
    finally:
        _give_back(statements)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def _arguments(name: str, variables: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    if name == "Mutation":
        given = variables["input"]
        return name, (_key(given["conversationId"]), given["body"])
    if name in ("Single", "Chat"):
        return name, (_key(variables["id"]),)
    after = variables.get("after")
    if after is None:
        return name, ()
    time, key = base64.b64decode(after).decode().split("|")
    return f"{name}After", (datetime.fromisoformat(time), key)


def _key(given: str) -> str:
    return given.partition("_")[2]


async def _turn() -> Statements:
    turn: asyncio.Future[Statements] = asyncio.get_running_loop().create_future()
    _waiting.append(turn)
    return await turn


def _give_back(statements: Statements) -> None:
    while _waiting:
        turn = _waiting.popleft()
        if not turn.done():
            turn.set_result(statements)
            return
    _idle.append(statements)


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    connections = [
        await asyncpg.connect(os.environ["DATABASE_URL"], server_settings=_SETTINGS)
        for _ in range(_CONNECTIONS)
    ]
    for connection in connections:
        _idle.append({name: await connection.prepare(sql) for name, sql in _STATEMENTS.items()})
        # A prepared statement's locks are held until something is executed.
        await connection.execute("SELECT 1")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for connection in connections:
        await connection.close()
    await send({"type": "lifespan.shutdown.complete"})

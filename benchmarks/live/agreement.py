"""No server is measured before it tells of an event as Lyceum does."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import orjson
from websockets import Subprotocol
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.live.data import DataSet
from benchmarks.live.documents import ROOM, distinct
from benchmarks.live.publisher import Publisher
from benchmarks.live.servers import LIMIT, LYCEUM, PATH, Server

_TRIES = 10
_PATIENCE_SECONDS = 1.0


async def check(servers: Sequence[Server], publisher: Publisher, data: DataSet) -> None:
    """Raise `RuntimeError` at the first event that differs from what Lyceum tells of it."""
    listeners = [_Listener(server) for server in servers]
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        tasks = []
        for listener in listeners:
            socket = await stack.enter_async_context(_connected(listener.server))
            await listener.subscribe(socket, data)
            tasks.append(group.create_task(listener.listen(socket)))
        for _ in range(_TRIES):
            await publisher.send(1, [server.wire for server in servers])
            # Whoever has subscribed by now tells of it soon.
            await asyncio.sleep(_PATIENCE_SECONDS)
            if _told_of_one_event(listeners):
                break
        else:
            numbers = {each.server.name: len(each.newest) for each in listeners}
            raise RuntimeError(f"So many operations were told of anything: {numbers}")
        for task in tasks:
            task.cancel()
    wanted = next(each for each in listeners if each.server.name == LYCEUM)
    for listener in listeners:
        for id, event in listener.newest.items():
            if event != wanted.newest[id]:
                raise RuntimeError(
                    f"{listener.server.name} tells\n{event}\nand {LYCEUM}\n{wanted.newest[id]}"
                )


def _connected(server: Server) -> connect:
    protocol = Subprotocol("graphql-transport-ws")
    return connect(f"ws://127.0.0.1:{server.port}{PATH}", subprotocols=[protocol])


class _Listener:
    """One socket with one operation for each document."""

    def __init__(self, server: Server) -> None:
        self.server = server
        documents = [ROOM] if server.name == LIMIT else [ROOM, *distinct()]
        self.documents = {str(number): text for number, text in enumerate(documents, 1)}
        # The last event, by the operation that it came for.
        self.newest: dict[str, Any] = {}

    async def subscribe(self, socket: ClientConnection, data: DataSet) -> None:
        """Begin all operations."""
        introduction = self.server.introduction(data.viewers[0])
        await _send(socket, {"type": "connection_init", "payload": introduction})
        if orjson.loads(await socket.recv())["type"] != "connection_ack":
            raise RuntimeError(f"{self.server.name} doesn't acknowledge.")
        for id, document in self.documents.items():
            payload = {"query": document, "variables": {"id": data.room_id}}
            await _send(socket, {"id": id, "type": "subscribe", "payload": payload})

    async def listen(self, socket: ClientConnection) -> None:
        """Take what comes until the socket is closed."""
        async for text in socket:
            message = orjson.loads(text)
            if message["type"] != "next" or "errors" in message["payload"]:
                raise RuntimeError(f"{self.server.name} told {text!r}")
            event = message["payload"]["data"]["conversationUpdated"]
            self.newest[message["id"]] = _levelled(event)


async def _send(socket: ClientConnection, message: dict[str, Any]) -> None:
    await socket.send(orjson.dumps(message).decode())


def _told_of_one_event(listeners: Sequence[_Listener]) -> bool:
    """Whether all operations were told of the same event last."""
    events = [event for listener in listeners for event in listener.newest.values()]
    operations = sum(len(listener.documents) for listener in listeners)
    return len(events) == operations and len({event["cursor"] for event in events}) == 1


def _levelled(event: dict[str, Any]) -> dict[str, Any]:
    """An event without the ways to write a time."""
    message = dict(event["message"])
    if "createdAt" in message:
        message["createdAt"] = datetime.fromisoformat(message["createdAt"]).astimezone(UTC)
    return event | {"message": message}

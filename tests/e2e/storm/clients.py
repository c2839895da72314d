"""Clients that come back: to another process, and with the cursor of the last event they have."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

from app.core.realtime.streams import place_of
from tests.e2e.storm.moments import Moments
from tests.e2e.storm.rooms import Membership
from tests.e2e.storm.sockets import LOST, NORMAL, Socket
from tests.factories import Person

TOO_SLOW = 1013
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_AGAIN_SECONDS = 0.5

_PLACE = "query ($id: ID!) { node(id: $id) { ... on Conversation { cursor } } }"
_FOLLOW = """
    subscription ($id: ID!, $after: String) {{
        conversationUpdated(conversationId: $id, after: $after) {{
            __typename
            cursor
            ... on MessageAdded {{ message {{ id body {} }} }}
            ... on ConversationJoined {{ user {{ id }} }}
            ... on ConversationLeft {{ user {{ id }} }}
        }}
    }}
"""
SHORT = _FOLLOW.format("")
LONG = _FOLLOW.format("createdAt sender { id username }")
# All that a document may have.
GREEDY = _FOLLOW.format(" ".join(f"b{number}: body" for number in range(50)))


@dataclass(frozen=True)
class Held:
    """An event as a client was told it: `not_before` the one moment, and heard at the other."""

    sequence: int
    told: tuple[str, ...]
    not_before: float
    heard: float


@dataclass(frozen=True)
class Refusal:
    """A subscription that was refused or completed, and from when to when it had lasted."""

    began: float
    ended: float


class Follow:
    """A client's interest in a room: its place at first, and what it has been told since."""

    def __init__(self, membership: Membership, document: str) -> None:
        self.membership = membership
        self.document = document
        self.first = -1
        self.cursor = ""
        self.held: list[Held] = []
        self.refusals: list[Refusal] = []

    @property
    def stream(self) -> str:
        """The room's."""
        return self.membership.room.stream

    @property
    def place(self) -> int:
        """The number of the last event it has; -1 before it has a place at all."""
        return self.held[-1].sequence if self.held else self.first


@dataclass(frozen=True)
class _Running:
    """An operation on the socket."""

    follow: Follow
    began: float
    asks_place: bool


class Client:
    """One person's connection, again and again.

    `wrong` gathers what must not happen, `seen` counts what may.
    """

    def __init__(
        self,
        person: Person,
        servers: Sequence[str],
        moments: Moments,
        dice: Random,
        wrong: list[str],
        seen: Counter[str],
    ) -> None:
        self.follows: list[Follow] = []
        self.socket: Socket | None = None
        self._person = person
        self._urls = [f"{server.replace('http', 'ws', 1)}/graphql" for server in servers]
        self._moments = moments
        self._dice = dice
        self._wrong = wrong
        self._seen = seen
        self._ids = count(1)
        self._running: dict[str, _Running] = {}
        self._welcome = False

    async def run(self) -> None:
        """Be connected for ever, as far as that is possible."""
        pause, number = _SHORTEST_PAUSE, self._dice.randrange(len(self._urls))
        while True:
            await self._stay(self._urls[number])
            number = (number + 1) % len(self._urls)
            pause = _SHORTEST_PAUSE if self._welcome else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(self._dice.uniform(pause / 2, pause))

    async def _stay(self, url: str) -> None:
        """Be connected once."""
        self._welcome = False
        self._running.clear()
        introduction = {"authorization": f"Bearer {self._person.access_token}"}
        socket = Socket(url, introduction, self._moments, self._hear)
        try:
            await socket.open()
        except OSError:
            return
        self.socket = socket
        try:
            await socket.ended.wait()
        finally:
            socket.abort()
        self._seen[f"closed with {socket.code} {socket.reason}".strip()] += 1
        if socket.code not in (LOST, NORMAL, TOO_SLOW):
            self._wrong.append(f"a socket was closed with {socket.code}")

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "connection_ack":
            self._welcome = True
            for follow in self.follows:
                self._begin(follow)
        elif kind in ("next", "error", "complete") and message["id"] in self._running:
            running = self._running[message["id"]]
            if kind == "next":
                self._told(running, message["payload"])
            else:
                del self._running[message["id"]]
                self._ended(running, message.get("payload"))
        else:
            self._wrong.append(f"nobody asked for {message}")

    def _begin(self, follow: Follow) -> None:
        id, variables = str(next(self._ids)), {"id": follow.membership.room.id}
        document = _PLACE
        if follow.cursor:
            document, variables = follow.document, {**variables, "after": follow.cursor}
        self._running[id] = _Running(follow, self._moments.now, asks_place=document == _PLACE)
        payload = {"query": document, "variables": variables}
        assert self.socket is not None
        self.socket.say({"type": "subscribe", "id": id, "payload": payload})

    def _told(self, running: _Running, payload: dict[str, Any]) -> None:
        if payload.get("errors"):
            self._wrong.append(f"told errors: {payload['errors']}")
            return
        follow = running.follow
        if running.asks_place:
            found = payload["data"]["node"]
            if found is not None:
                follow.cursor = found["cursor"]
                follow.first = place_of(follow.stream, follow.cursor)
            return
        event = payload["data"]["conversationUpdated"]
        follow.cursor = event["cursor"]
        sequence = place_of(follow.stream, follow.cursor)
        assert self.socket is not None
        not_before, now = self.socket.not_before, self._moments.now
        follow.held.append(Held(sequence, _summary(event), not_before, now))

    def _ended(self, running: _Running, errors: list[dict[str, Any]] | None) -> None:
        follow = running.follow
        codes = {error["extensions"]["code"] for error in errors or ()}
        if codes - {"NOT_FOUND"}:
            self._wrong.append(f"refused with {codes}")
        wait = _AGAIN_SECONDS
        if running.asks_place and follow.cursor:
            wait = 0
        else:
            self._seen["refused" if errors or running.asks_place else "completed"] += 1
            follow.refusals.append(Refusal(running.began, self._moments.now))
        asyncio.get_running_loop().call_later(wait, self._begin_again, self.socket, follow)

    def _begin_again(self, socket: Socket | None, follow: Follow) -> None:
        if socket is not None and socket is self.socket and not socket.ended.is_set():
            self._begin(follow)


def _summary(event: dict[str, Any]) -> tuple[str, ...]:
    """What is compared: the kind of event, whom or what it is about, and the text."""
    if event["__typename"] == "MessageAdded":
        return event["__typename"], event["message"]["id"], event["message"]["body"]
    return event["__typename"], event["user"]["id"]

"""What happens in the storm: people write, come and go; sockets are cut, processes are killed."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from app.core.resources import Resources
from tests.client import Answer, mutation_document
from tests.e2e.storm.clients import Client
from tests.e2e.storm.moments import Moments
from tests.e2e.storm.programs import Killable
from tests.e2e.storm.rooms import Membership, Room
from tests.e2e.storm.sockets import Socket

_SEND = mutation_document("messageSend", "message { id }")
_LONG_BODY = "long " * 1_980
# Seconds between two of a kind, on average.
_MESSAGE, _CHANGE, _CUT = 0.5, 0.7, 0.35
# How long it is that somebody doesn't read, at most; and what is too long for the greedy.
_LONGEST_STOP, _TOO_LONG = 3.0, 8.0


@dataclass
class Storm:
    """All that takes part, and what has happened so far; everything random is the seed's."""

    seed: str
    seconds: float
    resources: Resources
    moments: Moments
    http: httpx.AsyncClient
    servers: Sequence[str]
    rooms: list[Room] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    # Those who are told so much that they are too slow once they stop reading.
    greedy: list[Client] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._over = asyncio.Event()

    def dice(self, name: str) -> Random:
        """What one part's luck is, whatever the others do."""
        return Random(f"{self.seed}/{name}")

    async def rage(self, killed: Mapping[str, tuple[Sequence[Killable], int]]) -> None:
        """For its seconds, and until what was killed is back; so many of a kind a minute."""
        loop = asyncio.get_running_loop()
        works: list[Coroutine[Any, Any, None]] = [self._write(room) for room in self.rooms]
        works += [self._come_and_go(), self._cut()]
        works += [self._kill(kind, *each) for kind, each in killed.items()]
        loop.call_later(self.seconds, self._over.set)
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)

    async def send(self, room: Room, dice: Random) -> None:
        """Write a message: asked for until it is known that it was sent, it is one."""
        number = len(room.sent)
        long = number % 4 == 0 and room.number < len(self.greedy)
        body = f"{room.number}.{number} {_LONG_BODY if long else ''}".strip()
        given = {"conversationId": room.id, "body": body, "clientId": f"{room.number}.{number}"}
        request = {"query": _SEND, "variables": {"input": given}}
        headers = {"Authorization": f"Bearer {room.writer.access_token}"}
        while True:
            try:
                response = await self.http.post(
                    f"{dice.choice(self.servers)}/graphql", json=request, headers=headers
                )
            except httpx.TransportError:
                self.seen["messages asked for again"] += 1
                await asyncio.sleep(0.1)
                continue
            payload = Answer(response).ok()["messageSend"]
            assert not payload["errors"], payload
            room.sent.append((payload["message"]["id"], body))
            self.seen["messages"] += 1
            return

    async def _pause(self, seconds: float) -> bool:
        """Wait; False if the storm is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return True
        return False

    async def _write(self, room: Room) -> None:
        dice = self.dice(f"messages in {room.number}")
        while await self._pause(dice.expovariate(1 / _MESSAGE)):
            await self.send(room, dice)

    async def _come_and_go(self) -> None:
        dice = self.dice("members")
        movable = [each for room in self.rooms for each in room.memberships[1:]]
        outside: list[Membership] = [each for each in movable if not each.inside]
        while await self._pause(dice.expovariate(1 / _CHANGE)):
            back = outside and dice.random() < 0.5
            membership = dice.choice(outside if back else movable)
            await membership.change(self.resources, self.moments)
            self.seen["changes of members"] += 1
            outside = [each for each in movable if not each.inside]

    async def _cut(self) -> None:
        dice = self.dice("sockets")
        async with asyncio.TaskGroup() as group:
            while await self._pause(dice.expovariate(1 / _CUT)):
                kind = dice.choice(("aborted", "closed", "stopped"))
                greedy = kind == "stopped" and dice.random() < 0.5
                sockets = [each.socket for each in (self.greedy if greedy else self.clients)]
                reading = [each for each in sockets if each is not None and each.reading]
                if not reading:
                    continue
                socket = dice.choice(reading)
                self.seen["sockets cut"] += 1
                self.seen[f"of them {kind}"] += 1
                if kind == "aborted":
                    socket.abort()
                elif kind == "closed":
                    socket.close()
                else:
                    socket.stop_reading()
                    seconds = _TOO_LONG if greedy else dice.uniform(0.2, _LONGEST_STOP)
                    group.create_task(self._read_on(socket, seconds))

    async def _read_on(self, socket: Socket, seconds: float) -> None:
        await self._pause(seconds)
        socket.read_on()

    async def _kill(self, kind: str, programs: Sequence[Killable], per_minute: int) -> None:
        times = max(1, round(per_minute * self.seconds / 60))
        dice = self.dice(f"kills of {kind}")
        began, slot = self.moments.now, self.seconds / times
        for number in range(times):
            at = began + slot * (number + dice.uniform(0, 0.6))
            if not await self._pause(max(0, at - self.moments.now)):
                return
            program = dice.choice(programs)
            await program.kill()
            self.seen[f"kills of {kind}"] += 1
            await asyncio.sleep(dice.uniform(0.1, 2))
            await program.start()

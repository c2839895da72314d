"""What changes for the sessions of open connections: told by the database, at the commit.

The triggers that keep `auth_session.rights_version` notify of the sessions that they touch. A
process listens on one connection, and asks about those that are its own; about all of them when
it had to connect anew, for notifications aren't kept. What expires of itself, at a time that was
read with the rights, is looked at then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import time
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Select

from app.core.authentication import Known
from app.core.errors import Unauthenticated
from app.core.graph.context import Context
from app.core.graph.read.statement import rendered, with_terms
from app.core.logging import get_logger
from app.core.realtime.sink import Peer
from app.core.resources import Resources

CHANNEL = "rights"
_FORBIDDEN = 4403
_ENDED = "Your session has ended"
_CONNECT_SECONDS = 5
_PAUSE = 0.2
# How late it may be noticed that something has expired.
_SWEEP_SECONDS = 1.0

log = get_logger(__name__)

Renew = Callable[[Context, Known], Awaitable[None]]


class Sessions:
    """The connections of each auth session in this process; closed when it ends."""

    def __init__(self, resources: Resources, rights: Select[Any], renew: Renew) -> None:
        self._resources = resources
        self._renew = renew
        version = with_terms(rendered(rights)[0], ["s.id"])
        self._versions = f"SELECT s.id, ({version}) FROM unnest($1::uuid[]) AS s (id)"  # noqa: S608
        self._peers: dict[UUID, set[Peer]] = {}
        self._doubtful: set[UUID] = set()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Watch from now on."""
        works = (self._listen(), self._look(), self._sweep())
        self._tasks = [asyncio.create_task(each, name="sessions") for each in works]

    async def stop(self) -> None:
        """Watch no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def joined(self, peer: Peer) -> None:
        """A connection is there, whose session may have ended before anybody knew of it."""
        viewer = peer.context.viewer
        if viewer is not None:
            self._peers.setdefault(viewer.auth_session_id, set()).add(peer)
            self._doubt([viewer.auth_session_id])

    def left(self, peer: Peer) -> None:
        """It is gone."""
        viewer = peer.context.viewer
        if viewer is not None and viewer.auth_session_id in self._peers:
            peers = self._peers[viewer.auth_session_id]
            peers.discard(peer)
            if not peers:
                del self._peers[viewer.auth_session_id]

    def _doubt(self, sessions: Iterable[UUID]) -> None:
        self._doubtful.update(sessions)
        if self._doubtful:
            self._woken.set()

    def _hear(self, _: Any, __: int, ___: str, payload: object) -> None:
        touched = map(UUID, str(payload).split(","))
        self._doubt(session for session in touched if session in self._peers)

    async def _listen(self) -> None:
        while True:
            connection = None
            try:
                connection = await asyncpg.connect(
                    self._resources.database.url,
                    timeout=_CONNECT_SECONDS,
                    server_settings={
                        "application_name": "lyceum-rights",
                        # A server that is gone without a word is noticed within some seconds.
                        "tcp_keepalives_idle": "5",
                    },
                )
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                await connection.add_listener(CHANNEL, self._hear)
                # Whatever happened while nobody listened.
                self._doubt(self._peers)
                await lost.wait()
                log.warning("sessions.lost")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("sessions.unwatched", error=repr(error))
            finally:
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(_PAUSE)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = time()
            self._doubt(
                session
                for session, peers in self._peers.items()
                if any(
                    each.context.known and each.context.known.good_until <= now for each in peers
                )
            )

    async def _look(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            doubtful, self._doubtful = self._doubtful, set()
            try:
                await self._look_at([each for each in doubtful if each in self._peers])
            except Exception as error:  # noqa: BLE001 - the database will be back
                log.warning("sessions.unknown", error=repr(error))
                await asyncio.sleep(_PAUSE)
                self._doubt(doubtful)

    async def _look_at(self, sessions: list[UUID]) -> None:
        if not sessions:
            return
        rows = await self._resources.readers.fetch(self._versions, [sessions])
        ended = [session for session, version in rows if version is None]
        for session in ended:
            self._close(session)
        now = time()
        for session, version in rows:
            for peer in list(self._peers.get(session, ())):
                known = peer.context.known
                if known and (known.version != version or known.good_until <= now):
                    await self._renewed(peer, known, session)

    async def _renewed(self, peer: Peer, known: Known, session: UUID) -> None:
        try:
            await self._renew(peer.context, known)
        except Unauthenticated:
            self._close(session)

    def _close(self, session: UUID) -> None:
        for peer in self._peers.pop(session, ()):
            try:
                peer.close(_FORBIDDEN, _ENDED)
            except Exception:
                log.exception("sessions.peer_failed")

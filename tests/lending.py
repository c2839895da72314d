"""One test's connections to the work database are the next one's.

Opening ten connections, compiling their statements and filling their caches takes longer than
most tests. What is lent is a pool as the server has it, to one process's worth of a test at a
time; what comes back with a connection that is still in use is closed.
"""

import asyncio
from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy.pool import QueuePool

from app.core import resources
from app.core.db import Database
from app.core.graph.read.pool import Readers


class Lending:
    """The pools for one database, in one event loop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.get_running_loop()
        # By kind and size.
        self._idle: defaultdict[tuple[type, int], list[Any]] = defaultdict(list)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Whatever a process holds for this database is lent from here on."""
        patch.setattr(resources, "Database", self._database)
        patch.setattr(resources, "Readers", self._readers)

    async def close(self) -> None:
        """Close what was lent."""
        for pools in self._idle.values():
            for pool in pools:
                await pool.end()

    def _is_ours(self, url: str) -> bool:
        return url == self._url and asyncio.get_running_loop() is self._loop

    def _database(self, url: str, *, pool_size: int) -> Database:
        if not self._is_ours(url):
            return Database(url, pool_size=pool_size)
        idle = self._idle[_LentDatabase, pool_size]
        return idle.pop() if idle else _LentDatabase(url, size=pool_size, idle=idle)

    def _readers(self, url: str, *, size: int) -> Readers:
        if not self._is_ours(url):
            return Readers(url, size=size)
        idle = self._idle[_LentReaders, size]
        return idle.pop() if idle else _LentReaders(url, size=size, idle=idle)


class _LentDatabase(Database):
    def __init__(self, url: str, *, size: int, idle: list[Any]) -> None:
        super().__init__(url, pool_size=size)
        self._idle = idle

    async def close(self) -> None:
        pool = self.engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        if pool.checkedout():
            await super().close()
        else:
            self._idle.append(self)

    async def end(self) -> None:
        await super().close()


class _LentReaders(Readers):
    def __init__(self, url: str, *, size: int, idle: list[Any]) -> None:
        super().__init__(url, size=size)
        self._idle = idle

    async def close(self) -> None:
        if len(self._free) == len(self._open) and not self._waiting:
            self._idle.append(self)
        else:
            await super().close()

    async def end(self) -> None:
        await super().close()

"""The process that relays the outbox and does the chores: one at a time, others stand by."""

import asyncio
import signal
from typing import Any

import asyncpg

import app.models  # noqa: F401 - foreign keys name tables of other rooms
import workers.followers  # noqa: F401 - the relay makes their jobs
from app.core import logging
from app.core.outbox import CHANNEL
from app.core.resources import Resources, open_resources
from app.core.settings import get_settings
from workers.broker import broker
from workers.outbox import relay
from workers.schedule import CHORES, repeat

# Whoever holds this lock of the database is the one.
_LEADER = 0x6C796365756D
_STANDBY_SECONDS = 2.0
_RECONNECT_SECONDS = 1.0

log = logging.get_logger(__name__)


async def _lead(resources: Resources) -> None:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(resources.database.url, timeout=5)
    woken, lost = asyncio.Event(), asyncio.Event()
    try:
        connection.add_termination_listener(lambda _: lost.set())
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER):
            await asyncio.sleep(_STANDBY_SECONDS)
        log.info("clock.leading")
        await connection.add_listener(CHANNEL, lambda *_: woken.set())
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(relay(resources, broker, woken))]
            tasks += [group.create_task(repeat(resources, chore)) for chore in CHORES]
            await lost.wait()
            for task in tasks:
                task.cancel()
    finally:
        await connection.close(timeout=2)


async def _run(stop: asyncio.Event) -> None:
    settings = get_settings()
    logging.configure(settings.log_level, settings.log_format)
    async with open_resources(settings) as resources:
        while not stop.is_set():
            leading = asyncio.create_task(_lead(resources))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({leading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            leading.cancel()
            stopping.cancel()
            results = await asyncio.gather(leading, stopping, return_exceptions=True)
            if isinstance(results[0], Exception):
                log.warning("clock.lost", error=str(results[0]))
                await asyncio.sleep(_RECONNECT_SECONDS)


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await _run(stop)


if __name__ == "__main__":
    asyncio.run(main())

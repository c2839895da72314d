"""What a process holds while it runs: the pool, Redis, the hub, the object store."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from app.core import links, uow
from app.core.client import NOBODY, Client
from app.core.clock import now
from app.core.db import Database
from app.core.envelope import Envelope, MasterKeys
from app.core.graph.read.grouping import Grouping
from app.core.graph.read.pool import Readers
from app.core.identity.providers import Providers
from app.core.limits import Limiter
from app.core.links import QUARTER, FileLinks
from app.core.realtime.hub import Hub
from app.core.realtime.presence import Presence
from app.core.redis import connect
from app.core.scanning import Clamd, Scanner
from app.core.settings import Settings
from app.core.storage import Objects
from app.core.tokens import AccessTokens


@dataclass
class Resources:
    """Opened once per process by `open_resources`."""

    settings: Settings
    database: Database
    readers: Readers
    grouping: Grouping
    redis: Redis
    hub: Hub
    presence: Presence
    objects: Objects
    limiter: Limiter
    tokens: AccessTokens
    envelope: Envelope
    providers: Providers
    links: FileLinks
    # None where nothing scans files.
    scanner: Scanner | None

    def begin(self, client: Client = NOBODY) -> AbstractAsyncContextManager[uow.UnitOfWork]:
        """A unit of work, for a request from there."""
        return uow.begin(self.database, client)

    async def link(
        self, name: str, filename: str, base_url: str, lasts: timedelta = QUARTER
    ) -> str:
        """Where an object is downloaded for a while, to be saved under a file name.

        The store itself serves it if it can, else this server, which was asked at `base_url`.
        """
        until = links.soon(lasts)
        signed = await self.objects.presigned(name, until - now())
        return signed or links.absolute(base_url, self.links.path(name, filename, until))


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open everything, and close it in the opposite order."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    readers = Readers(settings.database_url, size=settings.reader_pool_size)
    redis = connect(settings.redis_url)
    hub = Hub(redis)
    limiter = Limiter(redis, settings.limit_scale)
    try:
        await hub.start()
        yield Resources(
            settings=settings,
            database=database,
            readers=readers,
            grouping=Grouping(readers),
            redis=redis,
            hub=hub,
            presence=Presence(redis),
            objects=Objects(settings.objects_url, settings.data_dir / "objects"),
            limiter=limiter,
            tokens=AccessTokens(settings.secret_key),
            envelope=Envelope(MasterKeys.of(settings.master_keys, settings.secret_key)),
            providers=Providers(settings.oauth_providers),
            links=FileLinks(settings.secret_key),
            scanner=Clamd.of(settings),
        )
    finally:
        await hub.stop()
        await limiter.close()
        await redis.aclose()
        await readers.close()
        await database.close()

"""PostgreSQL and Valkey for `lyceum dev`: embedded, unless the environment names others."""

from collections.abc import Callable

from app.cli import checks
from app.core.embedded import EmbeddedPostgres, EmbeddedValkey
from app.core.embedded.server import EmbeddedServer
from app.core.settings import Settings


class Services:
    """The two services; `DATABASE_URL` and `REDIS_URL` each replace an embedded one."""

    def __init__(self, settings: Settings) -> None:
        self.database_url = settings.database_url
        self.redis_url = settings.redis_url
        folder = settings.data_dir
        self._postgres = (
            None
            if self.database_url
            else EmbeddedPostgres(folder / "postgres", log=folder / "logs" / "postgres.log")
        )
        self._valkey = (
            None
            if self.redis_url
            else EmbeddedValkey(folder / "valkey", log=folder / "logs" / "valkey.log")
        )

    @property
    def _embedded(self) -> list[EmbeddedServer]:
        return [server for server in (self._postgres, self._valkey) if server is not None]

    def launch(self) -> None:
        """Sign in to those that the environment names, and start the others without waiting."""
        if self._postgres is None:
            checks.database_answers(self.database_url)
        if self._valkey is None:
            checks.redis_answers(self.redis_url)
        for server in self._embedded:
            server.launch()

    def wait(self) -> None:
        """Wait until the embedded ones answer; from then on both URLs are known."""
        if self._postgres is not None:
            self.database_url = self._postgres.wait()
        if self._valkey is not None:
            self.redis_url = self._valkey.wait()

    def pids(self) -> dict[str, int]:
        """The process ids of the embedded ones."""
        return {server.name: server.pid for server in self._embedded if server.pid is not None}

    def tick(self, say: Callable[[str], None]) -> bool:
        """Start an embedded one that died again, at its old address; whether one had."""
        dead = [server for server in self._embedded if not server.alive()]
        for server in dead:
            say(f"{server.name} stopped by itself; starting it again.")
            server.restart()
        return bool(dead)

    def stop(self, *, force: bool) -> None:
        """Stop the embedded ones: first the queue, then the database that it feeds."""
        for server in reversed(self._embedded):
            server.stop(force=force)

"""The object store: a local folder by default, any S3-compatible store by its URL."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url


class Objects:
    """Bytes by name."""

    def __init__(self, url: str, folder: Path) -> None:
        self._store: ObjectStore = (
            from_url(url) if url else LocalStore(folder, automatic_cleanup=True, mkdir=True)
        )

    async def put(self, name: str, data: bytes) -> None:
        """Store bytes; an object of this name is replaced."""
        await obstore.put_async(self._store, name, data)

    async def get(self, name: str) -> bytes | None:
        """The bytes, or None if there is no such object."""
        try:
            found = await obstore.get_async(self._store, name)
        except (NotFoundError, FileNotFoundError):
            return None
        return bytes(await found.bytes_async())

    async def delete(self, *names: str) -> None:
        """Delete objects; those that don't exist are no error."""
        for name in names:
            try:
                await obstore.delete_async(self._store, name)
            except (NotFoundError, FileNotFoundError):
                continue

    async def older_than(self, prefix: str, before: datetime) -> AsyncIterator[str]:
        """Names of objects below a prefix that were last written before a time."""
        async for batch in obstore.list(self._store, prefix=prefix):
            for found in batch:
                if found["last_modified"] < before:
                    yield found["path"]

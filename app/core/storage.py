"""The object store: a local folder by default, any S3-compatible store by its URL."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import AzureStore, GCSStore, LocalStore, ObjectStore, S3Store, from_url

# What bytes are of which nobody says more.
UNKNOWN = "application/octet-stream"


def attachment(filename: str) -> str:
    """The `Content-Disposition` of what is saved under a file name, and never shown in place."""
    return f"attachment; filename*=UTF-8''{quote(filename, safe='')}"


@dataclass(frozen=True)
class Stored:
    """An object as it is read: its size in bytes, and its pieces in order."""

    size: int
    pieces: AsyncIterator[bytes]


class Objects:
    """Bytes by name."""

    def __init__(self, url: str, folder: Path) -> None:
        self._store: ObjectStore = (
            from_url(url) if url else LocalStore(folder, automatic_cleanup=True, mkdir=True)
        )

    async def put(self, name: str, data: bytes) -> None:
        """Store bytes; an object of this name is replaced."""
        await obstore.put_async(self._store, name, data)

    async def put_file(
        self, name: str, file: Path | IO[bytes], filename: str, type: str = UNKNOWN
    ) -> None:
        """Store a file, piece by piece; who downloads it saves it under a file name."""
        attributes: Any = {"Content-Disposition": attachment(filename), "Content-Type": type}
        local = isinstance(self._store, LocalStore)
        await obstore.put_async(self._store, name, file, attributes=None if local else attributes)

    async def open(self, name: str) -> Stored | None:
        """An object to be read piece by piece, or None if there is no such object."""
        try:
            found = await obstore.get_async(self._store, name)
        except (NotFoundError, FileNotFoundError):
            return None
        return Stored(found.meta["size"], _pieces(found))

    async def presigned(self, name: str, lasts: timedelta) -> str | None:
        """A link that the store itself serves; None for a store that can't."""
        if isinstance(self._store, S3Store | GCSStore | AzureStore):
            return await obstore.sign_async(self._store, "GET", name, lasts)
        return None

    async def presigned_put(self, name: str, lasts: timedelta) -> str | None:
        """A link by which the store itself takes an object; None for a store that can't."""
        if isinstance(self._store, S3Store | GCSStore | AzureStore):
            return await obstore.sign_async(self._store, "PUT", name, lasts)
        return None

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


async def _pieces(found: Any) -> AsyncIterator[bytes]:
    async for piece in found.stream():
        yield bytes(piece)

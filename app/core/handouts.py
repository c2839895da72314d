"""Files that are made when somebody asks for them, and are gone soon after: a link to each."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.core.clock import now
from app.core.resources import Resources

_FOLDER: Final = "handouts"
# A link is good for less than that.
_KEPT: Final = timedelta(hours=1)


async def hand_out(
    resources: Resources, said: str, data: bytes, filename: str, base_url: str
) -> str:
    """Store a file, and say where it is downloaded; `base_url` is where this server was asked.

    What says the same, as far as `said` tells, is the same file with the same link. The link's
    signature alone opens it.
    """
    name = f"{_FOLDER}/{sha256(said.encode()).hexdigest()}"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        await asyncio.to_thread(file.write_bytes, data)
        await resources.objects.put_file(name, file, filename)
    return await resources.link(name, filename, base_url)


async def forget_old(resources: Resources) -> None:
    """Delete those whose links have expired: what they say of people isn't kept twice."""
    async for name in resources.objects.older_than(_FOLDER, now() - _KEPT):
        await resources.objects.delete(name)

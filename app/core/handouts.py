"""Files that are made when somebody asks for them, and are gone soon after: a link to each."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.core.clock import now
from app.core.crypto import new_token
from app.core.resources import Resources

_FOLDER: Final = "handouts"
# A link is good for less than that.
_KEPT: Final = timedelta(hours=1)


async def hand_out(resources: Resources, data: bytes, filename: str, base_url: str) -> str:
    """Store a file under a name that nobody can guess, and say where it is downloaded;
    `base_url` is where this server was asked.
    """
    name = f"{_FOLDER}/{new_token()}"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        file.write_bytes(data)
        await resources.objects.put_file(name, file, filename)
    return await resources.link(name, filename, base_url)


async def forget_old(resources: Resources) -> None:
    """Delete those whose links have expired: what they say of people isn't kept twice."""
    async for name in resources.objects.older_than(_FOLDER, now() - _KEPT):
        await resources.objects.delete(name)

"""Audio in flight: sealed in the object store, each piece with a key of its own.

The key lies in the row that knows the piece, and is destroyed with it. So neither the store
nor a backup of either holds anything that can be heard.
"""

from dataclasses import dataclass
from datetime import timedelta

from app.core.crypto import new_key, seal, unseal
from app.core.ids import new_id
from app.core.storage import Objects

AUDIO_PREFIX = "audio-in-flight"
AUDIO_LIFETIME = timedelta(minutes=10)
# A continuing recording has its header in the first chunk only: it is kept for the whole call.
HEADER_PREFIX = "audio-headers"
HEADER_LIFETIME = timedelta(hours=13)


@dataclass(frozen=True)
class Sealed:
    """Bytes in the object store and the key that opens them."""

    name: str
    key: bytes


async def put(objects: Objects, data: bytes, prefix: str = AUDIO_PREFIX) -> Sealed:
    """Seal bytes with a new key, and store them under a new name."""
    sealed = Sealed(f"{prefix}/{new_id()}", new_key())
    await objects.put(sealed.name, seal(sealed.key, data))
    return sealed


async def opened(objects: Objects, sealed: Sealed | None) -> bytes | None:
    """The bytes inside; None if there are none, or no longer."""
    data = await objects.get(sealed.name) if sealed else None
    return unseal(sealed.key, data) if sealed and data is not None else None


def sealed(name: str | None, key: bytes | None) -> Sealed | None:
    """What a row knows of a piece, if it knows one."""
    return Sealed(name, key) if name and key else None

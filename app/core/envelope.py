"""Envelope encryption: each stored secret has a key of its own, sealed by a master key.

A secret is stored as one piece: the sealed key with its length (2 bytes), then the sealed secret.
Whoever changes the master key has only the keys sealed anew; the secrets stay as they are.
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping, Sequence
from typing import Protocol, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from app.core.crypto import new_key, seal, unseal
from app.core.startup import StartupError

_KEY_BYTES = 32
_LENGTH_BYTES = 2
_PURPOSE = b"lyceum master key"


class KeyService(Protocol):
    """Who holds the master keys: this process, or a service that never shows them."""

    async def wrap(self, key: bytes) -> bytes:
        """A key, sealed by the master key that counts now."""

    async def unwrap(self, wrapped: bytes) -> bytes:
        """The key that was sealed, by whichever master key. `KeyError` if that is gone."""

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the master key that counts now sealed it."""


class MasterKeys:
    """Master keys out of the settings, by name; the first seals."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self._current = next(iter(self._keys))

    @classmethod
    def of(cls, given: Sequence[SecretStr], secret_key: SecretStr) -> Self:
        """From `name:base64` each, and last a key derived from the secret key, without a name.

        So what was sealed before there were any can be unsealed, and sealed by them.
        """
        derived = HKDF(SHA256(), _KEY_BYTES, None, _PURPOSE)
        last = {"": derived.derive(secret_key.get_secret_value().encode())}
        return cls(dict(_parsed(each.get_secret_value()) for each in given) | last)

    async def wrap(self, key: bytes) -> bytes:
        """The name of the master key (with its length in front), then the sealed key."""
        name = self._current.encode()
        return bytes([len(name)]) + name + seal(self._keys[self._current], key, _PURPOSE)

    async def unwrap(self, wrapped: bytes) -> bytes:
        """The key that was sealed. `KeyError` if there is no master key of that name."""
        name, sealed = _named(wrapped)
        return unseal(self._keys[name], sealed, _PURPOSE)

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the first master key sealed it."""
        return _named(wrapped)[0] == self._current


def _named(wrapped: bytes) -> tuple[str, bytes]:
    end = 1 + wrapped[0]
    return wrapped[1:end].decode(), wrapped[end:]


def _parsed(given: str) -> tuple[str, bytes]:
    name, _, text = given.partition(":")
    try:
        key = b64decode(text, validate=True)
    except Error:
        key = b""
    if not name or len(name.encode()) > 255 or len(key) != _KEY_BYTES:
        raise StartupError(
            "LYCEUM_MASTER_KEYS is a list of name:key, each key 32 bytes in base64, such as made"
            " by `openssl rand -base64 32`."
        )
    return name, key


class Envelope:
    """Seals and unseals. `purpose` tells apart where a secret is stored: it opens nowhere else."""

    def __init__(self, keys: KeyService) -> None:
        self._keys = keys

    async def seal(self, data: bytes, purpose: str) -> bytes:
        """A secret as it may be stored."""
        key = new_key()
        wrapped = await self._keys.wrap(key)
        length = len(wrapped).to_bytes(_LENGTH_BYTES, "big")
        return length + wrapped + seal(key, data, purpose.encode())

    async def open(self, stored: bytes, purpose: str) -> bytes:
        """The secret. `InvalidTag` for another purpose or changed bytes."""
        wrapped, sealed = _parts(stored)
        return unseal(await self._keys.unwrap(wrapped), sealed, purpose.encode())

    def is_current(self, stored: bytes) -> bool:
        """Whether its key is sealed by the master key that counts now."""
        return self._keys.is_current(_parts(stored)[0])

    async def renew(self, stored: bytes) -> bytes:
        """The same secret, its key sealed by the master key that counts now."""
        wrapped, sealed = _parts(stored)
        again = await self._keys.wrap(await self._keys.unwrap(wrapped))
        return len(again).to_bytes(_LENGTH_BYTES, "big") + again + sealed


def _parts(stored: bytes) -> tuple[bytes, bytes]:
    end = _LENGTH_BYTES + int.from_bytes(stored[:_LENGTH_BYTES], "big")
    return stored[_LENGTH_BYTES:end], stored[end:]

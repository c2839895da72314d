"""One-time codes: six digits, and what is stored of them."""

import hmac
import secrets
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

_DIGITS: Final = 6
_PURPOSE: Final = b"lyceum one-time codes"
# Compared with where there is no code, so that it takes as long.
_NOTHING: Final = bytes(32)


def new_code() -> str:
    """A code."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"


def keyed_hash(secret_key: SecretStr, *parts: bytes | str) -> bytes:
    """How something is stored that could be guessed: without the key nobody can try."""
    key = HKDF(SHA256(), 32, None, _PURPOSE).derive(secret_key.get_secret_value().encode())
    encoded = [each if isinstance(each, bytes) else each.encode() for each in parts]
    # With its length in front, no part runs into the next.
    told = b"".join(len(each).to_bytes(4, "big") + each for each in encoded)
    return hmac.new(key, told, sha256).digest()


def code_hash(secret_key: SecretStr, challenge_id: UUID, code: str) -> bytes:
    """How the code of one challenge is stored."""
    return keyed_hash(secret_key, challenge_id.bytes, code)


def matches(secret_key: SecretStr, challenge_id: UUID, stored: bytes | None, code: str) -> bool:
    """Whether this is the code; takes as long where there is none."""
    given = code_hash(secret_key, challenge_id, code)
    return hmac.compare_digest(given, stored or _NOTHING) and stored is not None
